/** Everything that support needs of one customer, read in one round trip; never who they are. */
import { LIFECYCLES, type LifecycleName } from '../../domain/lifecycles.ts';
import type { Database } from '../client.ts';

/** The newest entries of each list; the lists of the API show the rest. */
const NEWEST = 50;

export interface CaseLifecycle {
  readonly kind: LifecycleName;
  readonly id: string;
  readonly status: string;
  readonly waiting_for: string | null;
  readonly amount: string | null;
  readonly open_reviews: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface CaseRow {
  readonly user: Record<string, unknown>;
  readonly balances: Record<string, unknown>;
  readonly accounts: readonly Record<string, unknown>[];
  readonly lifecycles: readonly CaseLifecycle[];
  readonly operations: readonly Record<string, unknown>[];
  readonly ledger: readonly Record<string, unknown>[];
  readonly reviews: readonly { readonly id: string }[];
  readonly notices: readonly Record<string, unknown>[];
  readonly audit: readonly Record<string, unknown>[];
}

const KINDS = (Object.keys(LIFECYCLES) as LifecycleName[]).filter((kind) => kind !== 'wire');
const time = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const list = (item: string, order: string, source: string) =>
  `coalesce((select jsonb_agg(${item} order by ${order}) from ${source}), '[]')`;

/** The customer's lifecycles of one kind. Their application stands at the user's own row. */
function lifecyclesOf(kind: LifecycleName): string {
  const { table, column } = LIFECYCLES[kind];
  const owner = table === 'users' ? 'id' : 'user_id';
  return `select '${kind}' as kind, t.id, t.${column}::text as status, to_jsonb(t) ->> 'waiting_for' as waiting_for,
    coalesce(to_jsonb(t) ->> 'amount_usd', to_jsonb(t) ->> 'amount_stablecoin') as amount, t.created_at, t.updated_at
    from ${table} t where t.${owner} = $1::uuid`;
}

const STATEMENT = `
  with mine as materialized (
    select * from (${KINDS.map(lifecyclesOf).join(' union all ')}) m order by created_at desc limit ${NEWEST}),
  wallet_ids as (select id from wallets where user_id = $1::uuid),
  my_reviews as materialized (
    select * from reviews where user_id = $1::uuid order by opened_at desc limit ${NEWEST})
  select
    jsonb_build_object('id', u.id, 'role', u.role, 'status', u.status, 'kyc_status', u.kyc_status,
      'alpaca_account_id', u.alpaca_account_id, 'created_at', ${time('u.created_at')}) as "user",
    (select to_jsonb(b) - 'user_id' - 'updated_at' from (
      select user_id, updated_at, buying_power_usd::text, pending_broker_deposits_usd::text, held_usd::text,
        unsettled_usd::text, receivable_usd::text, dust_usdc::text from balances where user_id = u.id) b) as balances,
    ${list(
      `jsonb_build_object('account', a.kind, 'owner_id', a.owner_id, 'asset', a.asset, 'units', a.balance::text)`,
      'a.kind, a.owner_id',
      `(select * from ledger_account_balances where balance <> 0
        and owner_id = any (array(select u.id union all select id from wallet_ids))) a`,
    )} as accounts,
    ${list(
      `jsonb_build_object('kind', m.kind, 'id', m.id, 'status', m.status, 'waiting_for', m.waiting_for,
        'amount', m.amount, 'created_at', ${time('m.created_at')}, 'updated_at', ${time('m.updated_at')},
        'open_reviews', (select count(*)::int from reviews v
          where v.subject_id = m.id and v.lifecycle = m.kind and v.decided_at is null))`,
      'm.created_at desc, m.kind',
      'mine m',
    )} as lifecycles,
    ${list(
      `jsonb_build_object('lifecycle', o.lifecycle, 'subject_id', o.subject_id, 'step', o.step, 'provider', o.provider,
        'state', o.state, 'reference', o.provider_reference, 'tx_hash', o.tx_hash, 'attempts', o.attempts,
        'error', o.last_error, 'updated_at', ${time('o.updated_at')})`,
      'o.updated_at desc, o.step',
      `(select p.* from provider_operations p join mine m on m.id = p.subject_id and m.kind = p.lifecycle
        order by p.updated_at desc limit ${NEWEST}) o`,
    )} as operations,
    ${list(
      `jsonb_build_object('transaction_id', l.id::text, 'reference', l.reference, 'event', l.event,
        'at', ${time('l.at')}, 'postings', (
          select jsonb_agg(jsonb_build_object('account', a.kind, 'asset', p.asset, 'units', p.amount::text)
            order by p.id)
          from ledger_postings p join ledger_accounts a on a.id = p.account_id where p.transaction_id = l.id))`,
      'l.id desc',
      `(select t.* from ledger_transactions t join mine m on m.id = t.subject_id and m.kind = t.lifecycle
        order by t.id desc limit ${NEWEST}) l`,
    )} as ledger,
    ${list(`jsonb_build_object('id', v.id)`, 'v.opened_at desc', 'my_reviews v')} as reviews,
    ${list(
      `jsonb_build_object('kind', n.kind, 'subject_id', n.subject_id, 'body', n.body, 'read', n.read_at is not null,
        'created_at', ${time('n.created_at')})`,
      'n.created_at desc, n.id',
      `(select * from notifications where user_id = u.id order by created_at desc, id limit ${NEWEST}) n`,
    )} as notices,
    ${list(
      `jsonb_build_object('actor_id', e.actor_id, 'actor_role', e.actor_role, 'action', e.action,
        'subject_kind', e.subject_kind, 'subject_id', e.subject_id, 'detail', e.detail, 'at', ${time('e.at')})`,
      'e.id desc',
      `(select g.* from audit_log g where (g.subject_kind, g.subject_id) in (
          select 'user', u.id::text union all select 'review', id::text from my_reviews
          union all select kind, id::text from mine)
        order by g.id desc limit ${NEWEST}) e`,
    )} as audit
  from users u where u.id = $1::uuid`;

/** The case of one customer; undefined when there is no such user. */
export async function findCase(database: Database, userId: string): Promise<CaseRow | undefined> {
  const [row] = await database.prepared<CaseRow>('case-find', STATEMENT, [userId]);
  return row;
}
