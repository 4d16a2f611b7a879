/** Deposits that go back: refunded, taken back by the broker or by the chain, forced by two persons. */
import type { Customer } from '../../test/support/customer.ts';
import { eventually } from '../../test/support/eventually.ts';
import { confirm, decide, type Fault, moveJournal, plant, reviewOpens } from '../../test/support/trouble.ts';
import type { Cases, Stage } from '../record-histories.ts';
import { scene, seen } from './deposit-cases.ts';

const SENDER = { sender_confirmed: 'Written by the recording.' };
const DENIED: Fault = { company: 'circle', operation: 'circle.transfer', kind: 'deny' };
const REJECTED: Fault = { company: 'alpaca', operation: 'alpaca.createJournal', kind: 'reject' };

/** A review opens, and what a person decides about it. */
async function decided(
  customer: Customer,
  { stack }: Stage,
  reason: string,
  decision: 'retry' | 'refund',
): Promise<void> {
  const review = await reviewOpens(stack, (await seen(customer)).id, reason);
  await decide(stack, review.id, decision, decision === 'refund' ? SENDER : undefined);
}

/** Circle takes its word about the inbound transfer back; the sweep finds it. */
async function undo(customer: Customer, { stack, temporal }: Stage): Promise<void> {
  const { rows } = await stack.database.pool.query<{ circle_transaction_id: string }>(
    'select circle_transaction_id from deposits where id = $1',
    [(await seen(customer)).id],
  );
  const path = `/control/circle/transactions/${rows[0]?.circle_transaction_id}/state`;
  await stack.sandbox.control('POST', path, { state: 'FAILED', error_reason: 'BLOCK_REORGANIZED' });
  await temporal.schedule.getHandle('sweep-every-minute').trigger();
}

/** The deposit is done, and so is the run that brought it there. */
async function done(customer: Customer, { temporal }: Stage): Promise<string | null> {
  const { id, broker_journal_ref } = await customer.depositReaches('broker_funded');
  await temporal.workflow.getHandle(`deposit:${id}`).result();
  return broker_journal_ref;
}

async function corrected(customer: Customer, stage: Stage): Promise<void> {
  const journal = await done(customer, stage);
  await moveJournal(stage.stack, journal, 'correct');
  await customer.depositReaches('returned');
}

export const depositBackCases: Cases = {
  'refunded-from-the-wallet': scene({
    faults: [DENIED],
    goesOn: (customer, stage) => decided(customer, stage, 'off_ramp_denied', 'refund'),
    ends: 'refunded',
  }),
  'refund-failed-then-the-deposit-goes-on': scene({
    faults: [DENIED],
    goesOn: async (customer, stage) => {
      await reviewOpens(stage.stack, (await seen(customer)).id, 'off_ramp_denied');
      await plant(stage.stack, { ...DENIED, kind: 'fail' });
      await decided(customer, stage, 'off_ramp_denied', 'refund');
      await decided(customer, stage, 'refund_failed', 'retry');
    },
  }),
  'returned-then-retry': scene({
    goesOn: async (customer, stage) => {
      await corrected(customer, stage);
      await decided(customer, stage, 'journal_corrected', 'retry');
    },
  }),
  'reorganised-in-the-wallet': scene({
    faults: [DENIED],
    goesOn: async (customer, stage) => {
      await reviewOpens(stage.stack, (await seen(customer)).id, 'off_ramp_denied');
      await undo(customer, stage);
    },
    ends: 'failed',
  }),
  'reorganised-as-dollars': scene({
    faults: [REJECTED],
    goesOn: async (customer, stage) => {
      await reviewOpens(stage.stack, (await seen(customer)).id, 'journal_rejected');
      await undo(customer, stage);
    },
    ends: 'failed',
  }),
  'reorganised-in-a-second-run': scene({
    goesOn: async (customer, stage) => {
      await done(customer, stage);
      await undo(customer, stage);
    },
    ends: 'failed',
  }),
  'reorganised-then-corrected': scene({
    goesOn: async (customer, stage) => {
      const journal = await done(customer, stage);
      const { id } = await seen(customer);
      await undo(customer, stage);
      await customer.depositReaches('failed');
      await stage.temporal.workflow.getHandle(`deposit:${id}`).result();
      await moveJournal(stage.stack, journal, 'correct');
      await eventually('the broker has taken it back', async () => {
        const { rows } = await stage.stack.database.pool.query(
          `select from lifecycle_events where subject_id = $1 and event = 'journal_corrected'`,
          [id],
        );
        return rows.length === 1;
      });
    },
    ends: 'failed',
  }),
  'refunded-then-reorganised': scene({
    faults: [DENIED],
    goesOn: async (customer, stage) => {
      await decided(customer, stage, 'off_ramp_denied', 'refund');
      const { id } = await customer.depositReaches('refunded');
      await stage.temporal.workflow.getHandle(`deposit:${id}`).result();
      await undo(customer, stage);
    },
    ends: 'failed',
  }),
  'mint-credit-forced-by-two': scene({
    policy: { reviewAfterSeconds: 1 },
    faults: [{ company: 'mint', operation: 'mint.inbound', kind: 'pending' }],
    goesOn: async (customer, { stack }) => {
      const review = await reviewOpens(stack, (await seen(customer)).id, 'mint_credit_overdue');
      await decide(stack, review.id, 'force_complete', { mint_transfer_id: 'recorded-by-two' });
      await confirm(stack, review.id);
    },
  }),
};
