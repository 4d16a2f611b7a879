/** How long the comparison of a million postings and a hundred thousand operations takes, and how much memory. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { openDatabase } from '../db/client.ts';
import * as steps from '../db/funding/reconciliation-steps.ts';
import { reconciliationRules } from '../domain/funding/reconciliation-sources.ts';
import type { Base } from './world/base.ts';

/** Each deposit has 20 postings and 2 operations at providers: 50,000 make the million. */
const DEPOSITS = 50_000;
const USERS = 5_000;
const FIRM = 'firm-account';
/** Stands for the owner of an account that has none. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

export interface ReconciliationFigures {
  readonly postings: number;
  readonly operations: number;
  readonly entries: number;
  readonly seconds: number;
  /** Resident memory of the Postgres backend at its highest, without the shared buffers. */
  readonly backendMb: number;
  readonly processMb: number;
  /** Breaks on clean books. */
  readonly cleanBreaks: number;
  /** Breaks after one entry was changed by a cent. */
  readonly plantedBreaks: number;
}

/**
 * Deposits that are over, in bulk: rows, events' postings, operations. Triggers of single rows are left out, the
 * laws of the ledger hold by construction and are checked by the balances that follow.
 */
const BOOKS = `
set session_replication_role = replica;
set enable_nestloop = off;
insert into users (id, auth_provider_id, alpaca_account_id)
  select md5('user' || n)::uuid, 'bench:' || n, 'account-' || n from generate_series(1, ${USERS}) n;
insert into wallets (id, user_id, chain, address, circle_wallet_id, status)
  select md5('wallet' || n)::uuid, md5('user' || n)::uuid, 'base', '0x' || n, 'wallet-' || n, 'active'
  from generate_series(1, ${USERS}) n;
insert into deposits (id, user_id, wallet_id, chain, tx_hash, circle_transaction_id, token, amount_stablecoin,
    amount_usd, status, circle_transfer_ref, mint_transfer_ref, broker_journal_ref, broker_funded_at)
  select md5('deposit' || n)::uuid, md5('user' || (n % ${USERS} + 1))::uuid, md5('wallet' || (n % ${USERS} + 1))::uuid,
    'base', '0xin' || n, 'in-' || n, 'USDC', 10, 10, 'broker_funded', 'off-' || n, 'mint-' || n, 'journal-' || n, now()
  from generate_series(1, ${DEPOSITS}) n;
insert into provider_operations (lifecycle, subject_id, step, provider, idempotency_key, request_digest, state,
    provider_reference, tx_hash, attempts)
  select 'deposit', md5('deposit' || n)::uuid, s.step, s.provider, md5(s.step || n)::uuid, '', 'succeeded',
    s.prefix || n, case when s.provider = 'circle' then '0xoff' || n end, 1
  from generate_series(1, ${DEPOSITS}) n,
    (values ('off_ramp:1', 'circle', 'off-'), ('journal:1', 'alpaca', 'journal-')) as s(step, provider, prefix);
insert into ledger_accounts (kind, owner_id, asset) select c.kind, null, c.asset from ledger_chart c
  where c.kind in ('circle_in_transit', 'mint_balance', 'alpaca_firm');
insert into ledger_accounts (kind, owner_id, asset)
  select k.kind, case when k.owner = 'wallet' then md5('wallet' || n)::uuid else md5('user' || n)::uuid end, c.asset
  from generate_series(1, ${USERS}) n, (values ('circle_wallet', 'wallet'), ('alpaca_customer', 'user'),
    ('customer_converting', 'user'), ('customer_pending', 'user'), ('customer_cash', 'user')) as k(kind, owner)
  join ledger_chart c on c.kind = k.kind;
insert into ledger_transactions (reference, lifecycle, subject_id, event, written_by)
  select 'deposit:' || md5('deposit' || n)::uuid || ':' || e.event, 'deposit', md5('deposit' || n)::uuid, e.event, '0'
  from generate_series(1, ${DEPOSITS}) n,
    unnest(array['confirmed', 'off_ramp_started', 'off_ramp_failed', 'off_ramp_started_2', 'off_ramp_completed',
      'broker_funded', 'held', 'released']) as e(event);
insert into ledger_postings (transaction_id, account_id, asset, shard, amount)
  select t.id, a.id, a.asset, 0, x.amount
  from generate_series(1, ${DEPOSITS}) n
  join ledger_transactions t on t.subject_id = md5('deposit' || n)::uuid
  join (values ('confirmed', 'circle_wallet', 1), ('confirmed', 'customer_converting', -1),
    ('off_ramp_started', 'circle_wallet', -1), ('off_ramp_started', 'circle_in_transit', 1),
    ('off_ramp_failed', 'circle_wallet', 1), ('off_ramp_failed', 'circle_in_transit', -1),
    ('off_ramp_started_2', 'circle_wallet', -1), ('off_ramp_started_2', 'circle_in_transit', 1),
    ('off_ramp_completed', 'customer_converting', 1), ('off_ramp_completed', 'circle_in_transit', -1),
    ('off_ramp_completed', 'mint_balance', 1), ('off_ramp_completed', 'customer_pending', -1),
    ('broker_funded', 'alpaca_customer', 1), ('broker_funded', 'alpaca_firm', -1),
    ('broker_funded', 'customer_pending', 1), ('broker_funded', 'customer_cash', -1),
    ('held', 'customer_cash', 1), ('held', 'customer_pending', -1),
    ('released', 'customer_pending', 1), ('released', 'customer_cash', -1)) as p(event, kind, sign) on p.event = t.event
  cross join lateral (select p.sign * 10000000::bigint as amount) x
  join ledger_accounts a on a.kind = p.kind and coalesce(a.owner_id, '${NOBODY}') = case
    when p.kind in ('circle_in_transit', 'mint_balance', 'alpaca_firm') then '${NOBODY}'
    when p.kind = 'circle_wallet' then md5('wallet' || (n % ${USERS} + 1))::uuid
    else md5('user' || (n % ${USERS} + 1))::uuid end;
insert into ledger_balances (account_id, shard, guard, balance)
  select account_id, 0, 0, sum(amount) from ledger_postings group by account_id;
set session_replication_role = origin;
reset enable_nestloop;
analyze;
`;

/** What the companies list and say for these books. */
const STATEMENTS = `
with lines as (
  select n, s.* from generate_series(1, ${DEPOSITS}) n, (values
    ('circle.inbound', 'in-', null, 'wallet', '0xin', null),
    ('circle.outbound', 'off-', 'wallet', null, '0xoff', 'off_ramp:1'),
    ('mint.transfer', 'mint-', null, 'mint', '0xoff', null),
    ('alpaca.journal', 'journal-', 'firm', 'account', null, 'journal:1'))
    as s(source, prefix, from_kind, to_kind, hash, step)),
 places as (
  select l.*, case kind when 'wallet' then 'wallet-' || (n % ${USERS} + 1) when 'account'
    then 'account-' || (n % ${USERS} + 1) when 'mint' then 'mint' when 'firm' then '${FIRM}' end as place, side
  from lines l, lateral (values ('from', l.from_kind), ('to', l.to_kind)) as k(side, kind))
select jsonb_agg(jsonb_build_object('source', source, 'reference', prefix || n, 'amount', 10000000, 'fee', 0,
  'from_place', from_place, 'to_place', to_place, 'outcome', 'succeeded', 'provider_state', 'complete',
  'words', case when step is not null then 'deposit:' || md5('deposit' || n)::uuid || ':' || step end,
  'tx_hash', hash || n, 'at', now(), 'is_day', false)) as page
from (select n, source, prefix, hash, step, max(place) filter (where side = 'from') as from_place,
    max(place) filter (where side = 'to') as to_place
  from places where n > $1 and n <= $2 group by 1, 2, 3, 4, 5) x`;

const BALANCES = `
select jsonb_agg(jsonb_build_object('place', c.place, 'units', ledger_balance(c.kind, c.owner))) as page
from statement_places() c`;

const MB = 1024 * 1024;
const PAGE_OF_DEPOSITS = 1_000;

/** Builds the books, reads the lists in pages, compares; then again with one cent wrong. */
export async function measureReconciliation(
  base: Base,
  say: (line: string) => void,
): Promise<ReconciliationFigures> {
  const fresh = await base.freshDatabase();
  const pool = new pg.Pool({ connectionString: fresh.url, max: 2 });
  const database = openDatabase({ url: fresh.url, maxConnections: 1, statementTimeoutMs: 170_000 });
  try {
    say('reconciliation: writing the books');
    await pool.query(BOOKS);
    const rules = { ...reconciliationRules(), graceSeconds: 0, timeToleranceSeconds: 86_400 };
    const entries = await begin(database, pool, say);
    const [backend] = await database.query<{ pid: number }>('select pg_backend_pid() as pid');
    const watch = watchMemory(backend?.pid ?? 0);
    say('reconciliation: comparing');
    const began = performance.now();
    await steps.compare(database, { id: entries.run, confirm: false }, rules);
    const clean = await steps.compare(database, { id: entries.run, confirm: true }, rules);
    const seconds = (performance.now() - began) / 1_000;
    const { backendMb, processMb } = watch.stop();
    await pool.query(`update statement_lines set amount = amount - 10000 where reference = 'mint-4711'`);
    await steps.compare(database, { id: entries.run, confirm: false }, rules);
    const planted = await steps.compare(database, { id: entries.run, confirm: true }, rules);
    const { rows } = await pool.query<{ postings: number; operations: number }>(
      `select (select count(*)::int from ledger_postings) as postings,
         (select count(*)::int from provider_operations) as operations`,
    );
    const { postings = 0, operations = 0 } = rows[0] ?? {};
    say(
      `reconciliation: ${seconds.toFixed(1)} s for two comparisons, ${backendMb.toFixed(0)} MB in Postgres`,
    );
    return {
      ...{ postings, operations, entries: entries.kept, seconds, backendMb, processMb },
      cleanBreaks: clean.open + clean.suspected,
      plantedBreaks: planted.open,
    };
  } finally {
    await Promise.all([pool.end(), database.close()]);
    await fresh.drop();
  }
}

async function begin(database: ReturnType<typeof openDatabase>, pool: pg.Pool, say: (line: string) => void) {
  const run = randomUUID();
  await steps.beginRun(database, { id: run, cause: 'request', firmAccountId: FIRM });
  say('reconciliation: reading the lists');
  let kept = 0;
  for (let first = 0; first < DEPOSITS; first += PAGE_OF_DEPOSITS) {
    const { rows } = await pool.query<{ page: steps.StatementLine[] }>(STATEMENTS, [
      first,
      first + PAGE_OF_DEPOSITS,
    ]);
    kept += await steps.keepLines(database, run, rows[0]?.page ?? [], false);
  }
  const { rows } = await pool.query<{ page: steps.StatementBalance[] }>(BALANCES);
  await steps.keepBalances(database, run, rows[0]?.page ?? []);
  await pool.query('analyze statement_lines');
  return { run, kept };
}

/** Samples this process and the backend (anonymous memory: shared buffers belong to everybody). */
function watchMemory(pid: number) {
  let backend = 0;
  let own = 0;
  const sample = () => {
    own = Math.max(own, process.memoryUsage().rss);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    backend = Math.max(backend, Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024);
  };
  const timer = setInterval(sample, 100);
  return {
    stop: () => {
      clearInterval(timer);
      return { backendMb: backend / MB, processMb: own / MB };
    },
  };
}
