/** A run whose history fits its code no more cannot go on: the sweep ends it, and another one takes the deposit up. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { createTemporalClient } from '../../temporal/client.ts';
import { findStuckRun } from '../../temporal/stuck-run.ts';
import { type ApplicationProcess, applicationProcess } from '../support/application.ts';
import { expectCleanLedger, paymentsFor } from '../support/books.ts';
import { changedCode } from '../support/changed-code.ts';
import { type Customer, createCustomer } from '../support/customer.ts';
import { eventually } from '../support/eventually.ts';
import { mirrors } from '../support/mirrors.ts';
import { executeJournals } from '../support/open-lifecycles.ts';
import { providersReady, startStack, type TestStack } from '../support/stack.ts';
import { sweepNow } from '../support/sweep.ts';
import { plant, reviewOpens, setDepositPolicy } from '../support/trouble.ts';
import { newStaff } from '../support/withdrawer.ts';

/** A step more for everybody: also for those that have passed that place without it. */
const UNSAFE = {
  file: 'workflows/funding/deposit.ts',
  from: '  run.begin(opened);\n',
  to: '  run.begin(opened);\n  run.publish();\n',
};
const PATIENT = { timeoutMs: 90_000, everyMs: 300 } as const;

let stack: TestStack;
let temporal: Client;
let folder: string;
let worker: ApplicationProcess;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-stuck-'));
  stack = await startStack({ start: ['api'], firmCash: '10000.00' });
  temporal = await createTemporalClient(stack.config);
  worker = await applicationProcess('worker', stack.env, folder);
  await providersReady(stack.database.pool);
  // Nothing is looked up meanwhile: whoever goes on was told.
  await setDepositPolicy(stack, { lookUpAfterSeconds: [3_600], retryAfterSeconds: [3_600] });
});
afterAll(async () => {
  await worker?.stop();
  await temporal?.connection.close();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A deposit whose journal the broker does that with. */
async function depositWith(kind: string): Promise<{ customer: Customer; id: string }> {
  await plant(stack, { company: 'alpaca', operation: 'alpaca.createJournal', kind });
  const customer = await createCustomer(stack);
  await customer.receive({ amount: '12.34' });
  const { id } = await customer.depositReaches('off_ramp_complete', PATIENT.timeoutMs);
  return { customer, id };
}

/** A deposit that the broker holds back. */
async function depositHeldBack(): Promise<{ customer: Customer; id: string }> {
  const held = await depositWith('stuck');
  await eventually('the broker has it', async () => {
    const [row] = await held.customer.deposits();
    return row?.waiting_for === 'broker_answer' && row.broker_journal_ref !== null;
  });
  return held;
}

/** As if nothing had happened to it for an hour. */
async function age(id: string): Promise<void> {
  const client = await stack.database.pool.connect();
  try {
    // No trigger writes the time of the change.
    await client.query(`set session_replication_role = replica`);
    await client.query(`update deposits set updated_at = updated_at - interval '1 hour' where id = $1`, [id]);
  } finally {
    client.release(true);
  }
}

async function runsOf(id: string): Promise<string[]> {
  const runs: string[] = [];
  for await (const { status } of temporal.workflow.list({ query: `WorkflowId = 'deposit:${id}'` }))
    runs.push(status.name);
  return runs.sort();
}

test('it is ended and taken up from its row, also where a decision was written down and not acted upon', async () => {
  const held = await depositHeldBack();
  const asked = await depositWith('reject');
  const review = await reviewOpens(stack, asked.id, 'journal_rejected', PATIENT.timeoutMs);
  expect(await findStuckRun(temporal, `deposit:${held.id}`)).toBeUndefined();
  // Nobody tells this one anything: it stands still when it wants to look by itself.
  await setDepositPolicy(stack, { lookUpAfterSeconds: [1], retryAfterSeconds: [3_600] });
  const untold = await depositHeldBack();

  await worker.stop();
  const code = changedCode([UNSAFE]);
  try {
    worker = await applicationProcess('worker', stack.env, folder, code.root);
    // As a run leaves it that stops between the two.
    await stack.database.pool.query(
      `update reviews set decision = 'retry', decided_at = now(), decision_note = 'a test' where id = $1`,
      [review.id],
    );
    await stack.database.pool.query(
      `update inbound_events set processed_at = null where workflow_id = $1 and kind = 'alpaca.journal'`,
      [`deposit:${asked.id}`],
    );
    await executeJournals(stack, 'deposits', 'broker_journal_ref', [held.id]);
    const supporter = await newStaff(stack, 'support');
    await eventually(
      'support reads that it stands still',
      async () => {
        const { body } = await stack.call('GET', `/v1/admin/lifecycles/${held.id}/why`, supporter);
        expect(body.happening).toMatch(
          /Its workflow cannot go on: our own code has failed .*non-?determinism/i,
        );
        return true;
      },
      PATIENT,
    );
    await eventually(
      'the one that was told nothing is taken up',
      async () => {
        await age(untold.id);
        await sweepNow(stack, temporal);
        return (await runsOf(untold.id)).join() === 'RUNNING,TERMINATED';
      },
      { ...PATIENT, everyMs: 2_000 },
    );
    await executeJournals(stack, 'deposits', 'broker_journal_ref', [untold.id]);
    for (const { customer, id } of [held, asked, untold])
      await eventually(
        `deposit ${id} arrives`,
        async () => {
          await sweepNow(stack, temporal, '1 hour');
          const [row] = await customer.deposits();
          if (row?.status !== 'broker_funded')
            throw new Error(`${row?.status} waits for ${row?.waiting_for}`);
          return true;
        },
        { ...PATIENT, everyMs: 2_000 },
      );
  } finally {
    await worker.stop();
    code.remove();
  }

  for (const { id, customer } of [held, asked, untold]) {
    expect(await runsOf(id)).toEqual(['COMPLETED', 'TERMINATED']);
    const paid = (await paymentsFor(stack, id)).filter(({ effective }) => effective);
    expect(paid.map(({ company, amount }) => [company, amount])).toEqual([
      ['circle', '12.34'],
      ['alpaca', '12.34'],
    ]);
    expect((await customer.deposits()).length).toBe(1);
  }
  await expectCleanLedger(stack.database.pool);
  const { ours, theirs } = await mirrors(stack, [held.customer, asked.customer, untold.customer]);
  expect(ours).toEqual(theirs);
});
