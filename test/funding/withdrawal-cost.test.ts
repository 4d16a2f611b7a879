/** What one withdrawal costs: Temporal's billable actions, history events, and round trips to Postgres. */
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
import { workflowId } from '../../domain/ids.ts';
import { createTemporalClient } from '../../temporal/client.ts';
import { type ApplicationProcess, applicationProcess } from '../support/application.ts';
import { eventually } from '../support/eventually.ts';
import { createSpender, type Spender } from '../support/money-out.ts';
import { providersReady, startStack, type TestStack } from '../support/stack.ts';

const LIMITS = { actions: 20, events: 65, roundTrips: 18 } as const;

let folder: string;
let stack: TestStack;
let counter: RoundTripCounter;
let programs: ApplicationProcess[] = [];
let temporal: Client;
let customer: Spender;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-cost-'));
  stack = await startStack({ start: [], firmCash: '100000.00' });
  counter = await countRoundTrips(stack.database.url);
  const env = { ...stack.env, DATABASE_URL: counter.url };
  programs = await Promise.all(
    (['worker', 'api'] as const).map((name) => applicationProcess(name, env, folder)),
  );
  await providersReady(stack.database.pool);
  temporal = await createTemporalClient(stack.config);
  customer = await createSpender(stack, temporal, '100.00');
}, 60_000);

afterAll(async () => {
  await temporal?.connection.close();
  await Promise.all(programs.map((program) => program.stop()));
  await counter?.stop();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('a withdrawal costs at most 20 actions and 65 history events', async () => {
  // The first one pays for what is done once: connections, prepared statements, accounts in the ledger.
  await takeOut('10.00');
  counter.reset();
  const id = await takeOut('20.00');
  const handle = temporal.workflow.getHandle(workflowId('withdrawal', id));
  const statements = withoutHousekeeping(counter.statements());
  const cost = workflowCost(await handle.fetchHistory());
  const kinds = Object.entries(cost.kinds).map(([kind, count]) => `${count} ${kind}`);
  console.log(
    [
      `One withdrawal: ${cost.actions} actions, ${cost.events} history events, ${statements.length} round trips`,
      `  actions: ${kinds.join(', ')}`,
      `  round trips: ${statements.join(', ')}`,
    ].join('\n'),
  );
  expect(cost.actions).toBeLessThanOrEqual(LIMITS.actions);
  expect(cost.events).toBeLessThanOrEqual(LIMITS.events);
  expect(statements.length).toBeLessThanOrEqual(LIMITS.roundTrips);
});

/** Takes the amount out, and waits until the run has ended and every event is used: they belong to its cost. */
async function takeOut(amount: string): Promise<string> {
  const { id } = await customer.withdraw({ amount });
  await customer.withdrawalReaches(id, 'complete');
  await temporal.workflow.getHandle(workflowId('withdrawal', id)).result();
  await eventually('every event is stored and used', async () => {
    const { rows } = await stack.database.pool.query<{ ended: number; open: number }>(
      `select count(*) filter (where i.kind = 'alpaca.journal' and i.message ->> 'state' = 'executed'
           and i.reference = w.broker_withdrawal_ref)::int
         + count(*) filter (where i.kind = 'circle.outbound' and i.message ->> 'state' = 'complete'
           and i.reference = w.circle_transfer_ref)::int as ended,
         count(*) filter (where i.processed_at is null and i.kind <> 'alpaca.account')::int as open
       from inbound_events i, withdrawals w where w.id = $1`,
      [id],
    );
    if (rows[0]?.ended !== 2) throw new Error(`${rows[0]?.ended} of the last events`);
    if (rows[0].open > 0) throw new Error(`${rows[0].open} are not used yet`);
    return true;
  });
  return id;
}
