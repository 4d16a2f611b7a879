/** Postings per second through `ledger_post`, beside bare inserts of the same rows on the same server. */
import pg from 'pg';
import { findRepeater, type Repeater, type Workload } from './measure/pgbench.ts';
import { median } from './measure/statistics.ts';
import type { Options } from './options.ts';
import type { Base } from './world/base.ts';

const CLIENTS = 16;
const ROUNDS = 3;
const CUSTOMERS = 1_000;
/** Added to a customer's number, so that it has the twelve digits that a UUID ends with. */
const FIRST = 100_000_000_000;
const OWNER = "'00000000-0000-4000-8000-'";
/** Each bare transaction writes as many rows as ours, but no balance, and obeys no law. */
const SETUP = `
select ledger_open(jsonb_agg(jsonb_build_object('account', kind, 'owner', (${OWNER} || ${FIRST} + n)::uuid)))
  from generate_series(1, ${CUSTOMERS}) n,
    unnest(array['alpaca_customer', 'customer_cash', 'customer_pending']) kind;
select ledger_open('[{"account": "mint_balance"}, {"account": "company_float"}]');
create table bare_transactions (like ledger_transactions including all);
create table bare_postings (like ledger_postings including all);
analyze;`;

/** The laws, asked of the whole ledger: it sums to zero per asset, and each balance equals its postings. */
const EXACT = `
select (select count(*)::int from (select from ledger_postings group by asset having sum(amount) <> 0) x)
  + (select count(*)::int from (select from ledger_postings group by transaction_id having sum(amount) <> 0) x)
  + (select count(*)::int from ledger_balances b where b.balance <> (select coalesce(sum(p.amount), 0)
      from ledger_postings p where p.account_id = b.account_id and p.shard = b.shard)) as wrong,
  (select count(*)::int from ledger_transactions) as transactions`;

type Posting = readonly [account: string, amount: 1 | -1];
const CUSTOMER = [
  ['alpaca_customer', 1],
  ['customer_cash', -1],
] as const satisfies readonly Posting[];
const SHARED = [
  ['mint_balance', 1],
  ['company_float', -1],
] as const satisfies readonly Posting[];
/** As many postings as the richest event of a deposit has. */
const FOUR = [
  ...CUSTOMER,
  ['mint_balance', 1],
  ['customer_pending', -1],
] as const satisfies readonly Posting[];

export interface LedgerPair {
  readonly name: 'customers' | 'four' | 'one customer' | 'shared account';
  readonly means: string;
  /** Postings per second, the middle of the rounds. */
  readonly ours: number;
  /** The same rows by three statements between begin and commit, and by a single statement. */
  readonly bare: number;
  readonly bareOneStatement: number;
  /** Ours over bare, round by round; the middle one. */
  readonly share: number;
  readonly shareOneStatement: number;
}

export interface LedgerFigures {
  readonly tool: Repeater['name'];
  readonly clients: number;
  readonly pairs: readonly LedgerPair[];
  readonly transactions: number;
}

const CASES = [
  {
    name: 'customers',
    means: `two postings each, over ${CUSTOMERS} customers`,
    postings: CUSTOMER,
    range: CUSTOMERS,
  },
  { name: 'four', means: 'four postings in one call', postings: FOUR, range: CUSTOMERS },
  {
    name: 'one customer',
    means: 'all on the guarded accounts of one customer',
    postings: CUSTOMER,
    range: 1,
  },
  { name: 'shared account', means: 'all on two accounts that everybody shares', postings: SHARED, range: 1 },
] as const satisfies readonly (Pick<LedgerPair, 'name' | 'means'> & {
  readonly postings: readonly Posting[];
  readonly range: number;
})[];

/** Interleaved rounds of each case. @throws Error when the ledger is not exact afterwards. */
export async function measureLedger(
  base: Base,
  options: Options,
  say: (line: string) => void,
): Promise<LedgerFigures> {
  const repeater = findRepeater();
  const seconds = Math.ceil(options.seconds / 2);
  const fresh = await base.freshDatabase();
  const pool = new pg.Pool({ connectionString: fresh.url, max: 1 });
  try {
    await pool.query(SETUP);
    let transactions = 0;
    const pairs: LedgerPair[] = [];
    for (const one of CASES) {
      const run = async (statements: readonly string[]): Promise<number> => {
        const workload: Workload = { statements, from: FIRST + 1, to: FIRST + one.range };
        const { perSecond, transactions: done } = await repeater.run(fresh.url, workload, CLIENTS, seconds);
        if (statements === ours) transactions += done;
        return perSecond * one.postings.length;
      };
      const ours = [through(one.postings)];
      const rounds: { ours: number; bare: number; single: number }[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        rounds.push({
          ours: await run(ours),
          bare: await run(bare(one.postings)),
          single: await run([single(one.postings)]),
        });
      }
      const { name, means } = one;
      const pair: LedgerPair = {
        ...{ name, means },
        ours: median(rounds.map((round) => round.ours)),
        bare: median(rounds.map((round) => round.bare)),
        bareOneStatement: median(rounds.map((round) => round.single)),
        share: median(rounds.map((round) => round.ours / round.bare)),
        shareOneStatement: median(rounds.map((round) => round.ours / round.single)),
      };
      say(`ledger, ${means}: ${pair.ours.toFixed(0)} postings/s, bare ${pair.bare.toFixed(0)}/s`);
      pairs.push(pair);
    }
    await checkExact(pool, transactions);
    return { tool: repeater.name, clients: CLIENTS, pairs, transactions };
  } finally {
    await pool.end();
    await fresh.drop();
  }
}

async function checkExact(pool: pg.Pool, transactions: number): Promise<void> {
  const { rows } = await pool.query<{ wrong: number; transactions: number }>(EXACT);
  const [found] = rows;
  if (found?.wrong === 0 && found.transactions === transactions) return;
  throw new Error(`the ledger is not exact: ${JSON.stringify(found)} after ${transactions} transactions`);
}

/** One call of the function that every lifecycle posts by; the postings travel as text, as the product sends them. */
function through(postings: readonly Posting[]): string {
  const listed = postings.map(([account, amount]) => {
    const owner = SHARED.some(([shared]) => shared === account) ? {} : { owner: '00000000-0000-4000-8000-#' };
    return { account, ...owner, amount: String(amount) };
  });
  const text = `replace('${JSON.stringify(listed)}', '#', (:n)::bigint::text)::jsonb`;
  return `select ledger_post('bench:' || gen_random_uuid(), 'bench', null, 'moved', ${text})`;
}

const TRANSACTION = `insert into bare_transactions (reference, lifecycle, subject_id, event, written_by)
  values ('bench:' || gen_random_uuid(), 'bench', null, 'moved', pg_current_xact_id()::text)`.replace(
  /\s+/g,
  ' ',
);
const COLUMNS = 'bare_postings (transaction_id, account_id, asset, shard, amount)';

/** What somebody writes who has only the tables. */
function bare(postings: readonly Posting[]): string[] {
  const rows = postings.map(
    ([, amount], index) =>
      `(currval('bare_transactions_id_seq'), (:n)::bigint - ${FIRST} + ${index * CUSTOMERS}, 'USD/6', 0, ${amount})`,
  );
  return ['begin', TRANSACTION, `insert into ${COLUMNS} values ${rows.join(', ')}`, 'commit'];
}

/** The fastest way to write these rows: one statement, one round trip. */
function single(postings: readonly Posting[]): string {
  const rows = postings.map(([, amount], index) => `(${index * CUSTOMERS}, ${amount})`);
  return (
    `with t as (${TRANSACTION} returning id) insert into ${COLUMNS} ` +
    `select t.id, (:n)::bigint - ${FIRST} + x.place, 'USD/6', 0, x.amount ` +
    `from t, (values ${rows.join(', ')}) x(place, amount)`
  );
}
