/**
 * What a step reads does not grow with what came in lately: no index is read through for the sake of one row, even
 * while the tables are young and Postgres knows nothing about them. See decision 76.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import { createSpender } from '../support/money-out.ts';
import { spendingStage } from '../support/spending-stage.ts';

const SPENDERS = 8;
const DEPOSITS_OF_EACH = 15;
/** Entries of an index for one look into it; where whole lists were read there were hundreds. */
const FEW = 12;
/** Rows of a scan of everything, for one lifecycle: a table of settings, or the first look into an empty table. */
const FEW_SCANNED = 60;
/** Backends that rest for so long have told what they read. */
const TOLD_AFTER_MS = 11_000;

const stage = spendingStage();

test('an index is asked for what is wanted, and nothing is read from end to end', async () => {
  const { stack, temporal, customer } = stage;
  const { pool } = stack.database;
  const others = Array.from({ length: SPENDERS - 1 }, () => createSpender(stack, temporal, '100.00'));
  const spenders = [customer, ...(await Promise.all(others))];
  const lifecycles = SPENDERS * (DEPOSITS_OF_EACH + 1);
  await pool.query('select pg_stat_reset()');
  await Promise.all(
    spenders.flatMap((spender) => [
      ...Array.from({ length: DEPOSITS_OF_EACH }, (_, index) => spender.receive({ amount: `5.0${index}` })),
      spender.withdraw({ amount: '20.00' }),
    ]),
  );
  await eventually(
    'everything is done',
    async () => {
      const { rows } = await pool.query<{ done: number }>(
        `select (select count(*) from deposits where broker_funded_at is not null)::int
         + (select count(*) from withdrawals where completed_at is not null)::int as done`,
      );
      return rows[0]?.done === lifecycles + SPENDERS;
    },
    { everyMs: 1_000 },
  );
  await sleep(TOLD_AFTER_MS);

  const { rows: indexes } = await pool.query<{ name: string; scans: number; entries: number }>(
    `select indexrelname as name, idx_scan::int as scans, idx_tup_read::int as entries
     from pg_stat_user_indexes where idx_scan > $1`,
    [lifecycles / 4],
  );
  expect(indexes.length).toBeGreaterThan(15);
  expect(indexes.filter(({ scans, entries }) => entries / scans > FEW)).toEqual([]);
  const { rows: tables } = await pool.query<{ name: string; rows: number }>(
    `select relname as name, seq_tup_read::int as rows from pg_stat_user_tables`,
  );
  expect(tables.filter(({ rows }) => rows / lifecycles > FEW_SCANNED)).toEqual([]);
}, 120_000);
