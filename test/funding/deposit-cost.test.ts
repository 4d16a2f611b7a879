/** What one deposit costs: Temporal's billable actions, history events, and round trips to Postgres. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { workflowCost } from '../../bench/measure/actions.ts';
import {
  countRoundTrips,
  type RoundTripCounter,
  withoutHousekeeping,
} from '../../bench/measure/round-trips.ts';
import { createDepositors, type Depositor } from '../../bench/world/customers.ts';
import { workflowId } from '../../domain/ids.ts';
import { createTemporalClient } from '../../temporal/client.ts';
import { type ApplicationProcess, applicationProcess } from '../support/application.ts';
import { eventually } from '../support/eventually.ts';
import { providersReady, startStack, type TestStack } from '../support/stack.ts';

const LIMITS = { actions: 16, events: 55, roundTrips: 14 } as const;

let folder: string;
let stack: TestStack;
let counter: RoundTripCounter;
let programs: ApplicationProcess[] = [];
let temporal: Client;
let depositor: Depositor;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-cost-'));
  stack = await startStack({ start: [] });
  counter = await countRoundTrips(stack.database.url);
  const env = { ...stack.env, DATABASE_URL: counter.url };
  programs = await Promise.all(
    (['worker', 'api'] as const).map((name) => applicationProcess(name, env, folder)),
  );
  await providersReady(stack.database.pool);
  temporal = await createTemporalClient(stack.config);
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '100000.00' });
  const [made] = await createDepositors(stack.config, stack.database.pool, 1);
  if (!made) throw new Error('no customer was made');
  depositor = made;
});

afterAll(async () => {
  await temporal.connection.close();
  await Promise.all(programs.map((program) => program.stop()));
  await counter.stop();
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('a deposit costs at most 16 actions, 55 history events and 14 round trips', async () => {
  // The first deposit pays for what is done once: connections, prepared statements, accounts in the ledger.
  await receive('10.00');
  await funded('10.00');
  await everyEventUsed(1);

  counter.reset();
  await receive('20.00');
  const handle = temporal.workflow.getHandle(workflowId('deposit', await funded('20.00')));
  await handle.result();
  await everyEventUsed(2);
  const statements = withoutHousekeeping(counter.statements());
  const cost = workflowCost(await handle.fetchHistory());
  const kinds = Object.entries(cost.kinds).map(([kind, count]) => `${count} ${kind}`);
  console.log(
    [
      `One deposit: ${cost.actions} actions, ${cost.events} history events, ${statements.length} round trips`,
      `  actions: ${kinds.join(', ')}`,
      `  round trips: ${statements.join(', ')}`,
    ].join('\n'),
  );
  expect(cost.actions).toBeLessThanOrEqual(LIMITS.actions);
  expect(cost.events).toBeLessThanOrEqual(LIMITS.events);
  expect(statements.length).toBeLessThanOrEqual(LIMITS.roundTrips);
});

function receive(amount: string): Promise<unknown> {
  const body = { blockchain: depositor.blockchain, to: depositor.address, amount };
  return stack.sandbox.control('POST', '/control/chain/transfers', body);
}

/** The id of the deposit of that amount, once it is buying power. */
function funded(amount: string): Promise<string> {
  return eventually(`the deposit of ${amount} is funded`, async () => {
    const { rows } = await stack.database.pool.query<{ id: string }>(
      `select id from deposits where user_id = $1 and amount_usd = $2 and status = 'broker_funded'`,
      [depositor.userId, amount],
    );
    return rows[0]?.id;
  });
}

/** Webhooks and the journal's events may come after the deposit is done; they belong to its cost. */
async function everyEventUsed(deposits: number): Promise<void> {
  await eventually('every event is stored and used', async () => {
    const { rows } = await stack.database.pool.query<{ ended: number; open: number }>(
      `select count(*) filter (where (kind, message ->> 'state') in (('circle.outbound', 'complete'),
           ('mint.transfer', 'complete'), ('alpaca.journal', 'executed')))::int as ended,
         count(*) filter (where processed_at is null and kind <> 'alpaca.account')::int as open from inbound_events`,
    );
    const [events] = rows;
    if (events?.ended !== 3 * deposits) throw new Error(`${events?.ended} of the last events`);
    if (events.open > 0) throw new Error(`${events.open} are not used yet`);
    return true;
  });
}
