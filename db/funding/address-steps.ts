/** The steps of an entry of the address book, one SQL round trip each; the functions are in db/functions/09-*. */
import type { AddressFacts, Refusal } from '../../domain/funding/address-facts.ts';
import { type AddressPolicy, addressPolicy } from '../../domain/funding/address-policy.ts';
import type { ReviewDecision } from '../../domain/platform/review.ts';
import type { Database } from '../client.ts';
import type { ReviewEntry } from '../transition.ts';

type StoredFacts = Omit<AddressFacts, 'policy'> & { readonly policy: Partial<AddressPolicy> | null };
interface Notice {
  readonly notice: { readonly kind: string; readonly body: string };
}

async function step<T>(database: Database, name: string, values: readonly unknown[]): Promise<T> {
  const places = values.map((_, index) => `$${index + 1}`).join(', ');
  const [row] = await database.prepared<{ result: T }>(name, `select ${name}(${places}) as result`, [
    ...values,
  ]);
  if (!row) throw new Error(`${name} answered nothing`);
  return row.result;
}

const opened = (facts: StoredFacts): AddressFacts => ({ ...facts, policy: addressPolicy(facts.policy) });

/** An address as it is taken into the book. */
export interface NewAddress {
  readonly user_id: string;
  readonly chain: string;
  readonly address: string;
  readonly address_key: string;
  readonly note: string | null;
  readonly label: string;
  readonly cool_down_seconds: number;
  readonly most_addresses: number;
  /** What the customer is told. */
  readonly notice: string;
}

/** Takes an address, or says why not; the same id is taken once. */
export async function addressAdded(
  database: Database,
  id: string,
  address: NewAddress,
): Promise<AddressFacts | { readonly refused: Refusal }> {
  type Answer = StoredFacts | { readonly refused: Refusal };
  const answer = await step<Answer>(database, 'address_added', [id, JSON.stringify(address)]);
  return 'refused' in answer ? answer : opened(answer);
}

/** Where an address stands. */
export async function addressRead(database: Database, id: string): Promise<AddressFacts> {
  return opened(await step<StoredFacts>(database, 'address_read', [id]));
}

/** What Circle said about the address. */
export async function addressChecked(
  database: Database,
  id: string,
  answer: Notice & { readonly valid: boolean },
): Promise<AddressFacts> {
  return opened(await step<StoredFacts>(database, 'address_checked', [id, JSON.stringify(answer)]));
}

/** The waiting time is over. */
export async function addressCooledDown(
  database: Database,
  id: string,
  answer: Notice,
): Promise<AddressFacts> {
  return opened(await step<StoredFacts>(database, 'address_cooled_down', [id, JSON.stringify(answer)]));
}

/** Opens a review beside the address. */
export async function addressNote(
  database: Database,
  id: string,
  note: { readonly review: ReviewEntry },
): Promise<AddressFacts> {
  return opened(await step<StoredFacts>(database, 'address_note', [id, JSON.stringify(note)]));
}

/** Takes what a person decided; `accepted` is false when it was decided before. */
export async function addressDecided(
  database: Database,
  id: string,
  decision: ReviewDecision,
): Promise<{ readonly accepted: boolean; readonly facts: AddressFacts }> {
  const answer = await step<{ accepted: boolean; facts: StoredFacts }>(database, 'address_decided', [
    id,
    JSON.stringify(decision),
  ]);
  return { accepted: answer.accepted, facts: opened(answer.facts) };
}

/** The customer removes an address; undefined when there is none of that id. */
export async function addressRemoved(
  database: Database,
  userId: string,
  id: string,
): Promise<AddressFacts | undefined> {
  const facts = await step<StoredFacts | null>(database, 'address_removed', [userId, id]);
  return facts === null ? undefined : opened(facts);
}
