/** Everything that is known of one lifecycle, for the person who must explain it. */
import { LIFECYCLES, type LifecycleName } from '../../domain/lifecycles.ts';
import type { Database } from '../client.ts';

interface LifecycleRow {
  /** The row itself without personal fields. */
  readonly row: Record<string, unknown>;
  readonly status: string;
  /** Null where no customer is concerned. */
  readonly user_id: string | null;
  readonly events: readonly Record<string, unknown>[];
  readonly operations: readonly Record<string, unknown>[];
  readonly reviews: readonly Record<string, unknown>[];
  readonly ledger: readonly Record<string, unknown>[];
}

/** Columns that support does not need to explain where money is. */
const PERSONAL = [
  'auth_provider_id',
  'email',
  'phone_number',
  'full_name',
  'kyc_results',
  'passcode_hash',
  'passcode_failures',
  'passcode_locked_until',
  'preferences',
  'last_login',
  'sealed_travel_rule',
];

/** The row without personal fields; amounts as text, because a JSON number is a float to most readers. */
const ROW = `(
  select jsonb_object_agg(f.key, case when jsonb_typeof(f.value) = 'number' and f.key ~ '(^|_)(amount|usd|usdc)(_|$)'
    then to_jsonb(f.value #>> '{}') else f.value end)
  from jsonb_each(to_jsonb(subject) - $2::text[]) as f)`;

const collect = (columns: string, source: string, order: string) =>
  `coalesce((select json_agg(${columns} order by ${order}) from ${source}), '[]')`;

function statement(name: LifecycleName): string {
  const { table, column } = LIFECYCLES[name];
  const owner = table === 'users' ? 'subject.id' : 'subject.user_id';
  const mine = (alias: string) => `${alias}.subject_id = subject.id and ${alias}.lifecycle = '${name}'`;
  const events = `lifecycle_events as e where ${mine('e')}`;
  const operations = `provider_operations as o where ${mine('o')}`;
  const reviews = `reviews as r where ${mine('r')}`;
  const postings = `ledger_transactions as t join ledger_postings as p on p.transaction_id = t.id
    join ledger_accounts as a on a.id = p.account_id where ${mine('t')}`;
  const posting = `json_build_object('transaction_id', t.id::text, 'reference', t.reference, 'event', t.event,
    'account', a.kind, 'owner_id', a.owner_id, 'asset', p.asset, 'amount', p.amount::text, 'at', t.at)`;
  const own = "- 'lifecycle' - 'subject_id' - 'user_id'";
  return `
    select ${ROW} as row, subject.${column}::text as status, ${owner} as user_id,
      ${collect(`to_jsonb(e) ${own}`, events, 'e.id')} as events,
      ${collect(`to_jsonb(o) ${own}`, operations, 'o.created_at, o.step')} as operations,
      ${collect(`to_jsonb(r) ${own}`, reviews, 'r.opened_at')} as reviews,
      ${collect(posting, postings, 'p.id')} as ledger
    from ${table} as subject where subject.id = $1::uuid`;
}

/** One lifecycle with its events, provider operations, reviews and ledger postings, in one round trip. */
export async function findLifecycle(
  database: Database,
  name: LifecycleName,
  id: string,
): Promise<LifecycleRow | undefined> {
  const [row] = await database.prepared<LifecycleRow>(`lifecycle-find-${name}`, statement(name), [
    id,
    PERSONAL,
  ]);
  return row;
}
