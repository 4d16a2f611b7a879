/** Sanctions lists: replaced as a whole, and asked by address and by name. */
import type { Database } from '../client.ts';

/** What has to be opened before the people behind a withdrawal can be compared; hexadecimal where sealed. */
interface Screening {
  readonly user_id: string;
  readonly full_name: string | null;
  readonly key_id: string | null;
  readonly sealed_key: string | null;
  readonly sealed_application: string | null;
  readonly sealed_travel_rule: string | null;
}

/** @throws Error when there is no such withdrawal. */
export async function findScreening(database: Database, withdrawalId: string): Promise<Screening> {
  const sql = 'select withdrawal_screening($1) as result';
  const [row] = await database.prepared<{ result: Screening | null }>('withdrawal_screening', sql, [
    withdrawalId,
  ]);
  if (!row?.result) throw new Error(`there is no withdrawal ${withdrawalId}`);
  return row.result;
}

/** The list that one of the names is on; keys as `sanctionsNameKey` writes them. */
export async function sanctionedName(database: Database, keys: readonly string[]): Promise<string | null> {
  const sql = 'select names_sanctioned($1) as list';
  const [row] = await database.prepared<{ list: string | null }>('names_sanctioned', sql, [keys]);
  return row?.list ?? null;
}

/** The list that an address is on. */
export async function sanctionedAddress(database: Database, address: string): Promise<string | null> {
  const sql = 'select address_sanctioned($1) as list';
  const [row] = await database.prepared<{ list: string | null }>('address_sanctioned', sql, [address]);
  return row?.list ?? null;
}

/** An entry of a list, in the form in which it is compared. */
export interface ListEntry {
  readonly key: string;
  readonly reference: string;
}

export interface ReplacedList {
  readonly addresses: number;
  readonly names: number;
  /** Addresses of customers that are blocked from now on. */
  readonly blocked: number;
}

/** Replaces one list, blocks what is on it now, and writes the audit log. */
export async function replaceSanctionsList(
  database: Database,
  list: string,
  content: {
    readonly addresses: readonly ListEntry[];
    readonly names: readonly ListEntry[];
    readonly by: string;
    readonly role: string;
    readonly request_id: string;
  },
): Promise<ReplacedList> {
  const sql = 'select sanctions_list_replaced($1, $2) as result';
  const [row] = await database.query<{ result: ReplacedList }>(sql, [list, JSON.stringify(content)]);
  if (!row) throw new Error('the list could not be replaced');
  return row.result;
}
