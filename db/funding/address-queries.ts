/** Reads of the address book. */
import type { AddressState } from '../../domain/funding/address.ts';
import type { Chain } from '../../domain/funding/chain.ts';
import type { Database } from '../client.ts';
import type { PageRequest } from '../page.ts';

export interface AddressRow {
  readonly id: string;
  readonly chain: Chain;
  readonly address: string;
  readonly label: string;
  readonly note: string | null;
  readonly status: AddressState;
  readonly usable_at: Date;
  readonly activated_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly cursor_at: string;
}

const COLUMNS = `id, chain, address, label, note, status, usable_at, activated_at, created_at, updated_at,
  to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as cursor_at`;

/** A user's addresses, newest first, without removed ones unless they are asked for. */
export function listAddresses(
  database: Database,
  userId: string,
  page: PageRequest,
  filter: { readonly status?: AddressState | undefined; readonly chain?: Chain | undefined },
): Promise<AddressRow[]> {
  return database.prepared<AddressRow>(
    'address-list',
    `select ${COLUMNS} from withdrawal_addresses
     where user_id = $1::uuid and (created_at, id) <
         (coalesce($2::timestamptz, 'infinity'), coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
       and case when $5::address_status is null then status <> 'removed' else status = $5 end
       and ($6::chain_type is null or chain = $6)
     order by created_at desc, id desc limit $4`,
    [userId, page.at, page.id, page.limit, filter.status ?? null, filter.chain ?? null],
  );
}

/** One address of a user, removed ones included. */
export async function findAddress(
  database: Database,
  userId: string,
  id: string,
): Promise<AddressRow | undefined> {
  const sql = `select ${COLUMNS} from withdrawal_addresses where user_id = $1::uuid and id = $2::uuid`;
  const [row] = await database.prepared<AddressRow>('address-find', sql, [userId, id]);
  return row;
}
