/** The branches of a withdrawal: what arrives, what goes back, what people want and decide. */
import type { WithdrawalPolicy } from '../../domain/funding/withdrawal-rules.ts';
import { askToCancel } from '../../temporal/signal-withdrawal.ts';
import { eventually } from '../../test/support/eventually.ts';
import { createSpender, type Spender, setWithdrawalPolicy } from '../../test/support/money-out.ts';
import {
  clearFaults,
  confirm,
  decide,
  type Fault,
  moveJournal,
  plant,
  reviewOpens,
} from '../../test/support/trouble.ts';
import type { Cases, PlayedCase, Stage } from '../record-histories.ts';

const AMOUNT = '25.11';
/** Look-ups far apart: the events alone move the case on. */
const UNDISTURBED: Partial<WithdrawalPolicy> = { lookUpAfterSeconds: [600], retryAfterSeconds: [600] };

type GoesOn = (withdrawal: { id: string; customer: Spender; stage: Stage }) => Promise<unknown>;

interface Scene {
  readonly faults?: readonly Fault[];
  readonly policy?: Partial<WithdrawalPolicy>;
  readonly amount?: string;
  readonly needsApproval?: boolean;
  readonly approvalExpiresSeconds?: number;
  /** What happens after the request, until the withdrawal stands where the case ends. */
  readonly goesOn?: GoesOn;
  /** Where the case ends; `complete` unless told. Null: the request is refused. */
  readonly ends?: string | null;
  readonly staysOpen?: boolean;
}

/** Plays one withdrawal under the scene's rules and faults. */
function scene(play: Scene) {
  return async (stage: Stage): Promise<PlayedCase> => {
    const { stack, temporal } = stage;
    await clearFaults(stack);
    await setWithdrawalPolicy(stack, { ...UNDISTURBED, ...play.policy });
    const customer = await createSpender(stack, temporal, '50.00');
    for (const fault of play.faults ?? []) await plant(stack, fault);
    const { amount = AMOUNT, needsApproval = false, approvalExpiresSeconds = 3600 } = play;
    const { id } = await customer.withdraw({ amount, needsApproval, approvalExpiresSeconds });
    await play.goesOn?.({ id, customer, stage });
    if (play.ends !== null) await customer.withdrawalReaches(id, play.ends ?? 'complete');
    await clearFaults(stack);
    return { workflowId: `withdrawal:${id}`, isOver: !play.staysOpen };
  };
}

/** A person decides so once the review with that reason is open. */
function after(reason: string, decision: 'retry' | 'refund' | 'close'): GoesOn {
  return async ({ id, stage }) => {
    const review = await reviewOpens(stage.stack, id, reason);
    await decide(stage.stack, review.id, decision);
  };
}

const cancel: GoesOn = ({ id, customer, stage }) =>
  askToCancel(stage.temporal, id, { requested_by: customer.id, request_id: `cancel-${id}` });

function canceledWhile(status: string, waitingFor: string): GoesOn {
  return async (withdrawal) => {
    await withdrawal.customer.withdrawalReaches(withdrawal.id, status, waitingFor);
    await cancel(withdrawal);
  };
}

const journal = (kind: string, more: Partial<Fault> = {}): Fault => ({
  ...{ company: 'alpaca', operation: 'alpaca.createJournal', kind, match: { amount: AMOUNT } },
  ...more,
});
const mint = (kind: string, more: Partial<Fault> = {}): Fault => ({
  ...{ company: 'mint', operation: 'mint.transfer', kind },
  ...more,
});
const circle = (kind: string, more: Partial<Fault> = {}): Fault => ({
  ...{ company: 'circle', operation: 'circle.transfer', kind, match: { 'amounts.0': '24.61' } },
  ...more,
});

export const withdrawalCases: Cases = {
  'arrives-by-events-alone': scene({}),
  'refused-too-little-cash': scene({ amount: '50.01', ends: null }),
  'arrives-by-look-ups-alone': scene({
    policy: { lookUpAfterSeconds: [0.3] },
    faults: [
      { company: 'mint', operation: 'mint.event.transfers', kind: 'drop_event', count: 9 },
      { company: 'circle', operation: 'circle.event.transactions.outbound', kind: 'drop_event', count: 20 },
    ],
  }),
  'journal-pending-then-executed': scene({
    faults: [journal('pending')],
    goesOn: async ({ id, customer, stage }) => {
      const row = await customer.withdrawalReaches(id, 'broker_withdrawal_initiated', 'broker_approval');
      await moveJournal(stage.stack, row.broker_withdrawal_ref, 'executed');
    },
  }),
  'journal-pending-then-canceled-by-the-customer': scene({
    faults: [journal('pending')],
    goesOn: canceledWhile('broker_withdrawal_initiated', 'broker_approval'),
    ends: 'canceled',
  }),
  'journal-rejected-again-and-again': scene({
    faults: [journal('reject', { count: 2 })],
    policy: { attempts: 2 },
    ends: 'failed',
  }),
  'approval-expires': scene({ needsApproval: true, approvalExpiresSeconds: 1, ends: 'canceled' }),
  'canceled-before-approval': scene({ needsApproval: true, goesOn: cancel, ends: 'canceled' }),
  'on-ramp-fails-then-again': scene({ faults: [mint('fail', { match: { 'amount.amount': '24.61' } })] }),
  'on-ramp-fails-for-good': scene({
    faults: [mint('fail', { count: 2, match: { 'amount.amount': '24.61' } })],
    policy: { attempts: 2 },
    ends: 'refunded',
  }),
  'on-ramp-denied-then-refunded': scene({
    faults: [mint('deny', { match: { 'amount.amount': '24.61' } })],
    goesOn: after('on_ramp_denied', 'refund'),
    ends: 'refunded',
  }),
  'transfer-fails-then-again': scene({ faults: [circle('fail')] }),
  // Circle tells of this state only when it is asked.
  'transfer-stuck-then-accelerated': scene({
    policy: { lookUpAfterSeconds: [0.3] },
    faults: [circle('stuck')],
  }),
  'transfer-fails-for-good': scene({
    faults: [circle('fail', { count: 2 })],
    policy: { attempts: 2 },
    ends: 'refunded',
  }),
  'transfer-denied-then-retried': scene({
    // Circle sends no event for this state: only the look-up sees it.
    policy: { lookUpAfterSeconds: [0.3] },
    faults: [circle('deny')],
    goesOn: after('transfer_denied', 'retry'),
  }),
  'treasury-wallet-too-low': scene({
    policy: { retryAfterSeconds: [0.5] },
    faults: [circle('fail', { details: { error_reason: 'INSUFFICIENT_TOKEN' } })],
  }),
  'transfer-unclear-then-retried': scene({
    policy: { giveUpAfterSeconds: 2 },
    faults: [circle('error', { operation: 'circle.createTransfer', count: 100 })],
    goesOn: async (withdrawal) => {
      const { stack } = withdrawal.stage;
      const review = await reviewOpens(stack, withdrawal.id, 'transfer_unclear');
      await clearFaults(stack);
      await decide(stack, review.id, 'retry');
    },
  }),
  'transfer-completed-on-evidence': scene({
    policy: { lookUpAfterSeconds: [0.3], reviewAfterSeconds: 0.5 },
    faults: [circle('pending')],
    goesOn: async ({ id, stage }) => {
      const review = await reviewOpens(stage.stack, id, 'transfer_overdue');
      await decide(stage.stack, review.id, 'force_complete', { tx_hash: '0xseen' });
      await confirm(stage.stack, review.id);
    },
  }),
  'journal-corrected-in-a-second-run': scene({
    goesOn: async ({ id, customer, stage }) => {
      const row = await customer.withdrawalReaches(id, 'complete');
      await stage.temporal.workflow.getHandle(`withdrawal:${id}`).result();
      await moveJournal(stage.stack, row.broker_withdrawal_ref, 'correct');
      await after('journal_corrected', 'retry')({ id, customer, stage });
    },
  }),
  'journal-made-again-is-held': scene({
    goesOn: async ({ id, customer, stage }) => {
      const { broker_withdrawal_ref } = await customer.withdrawalReaches(id, 'complete');
      await moveJournal(stage.stack, broker_withdrawal_ref, 'correct');
      const review = await reviewOpens(stage.stack, id, 'journal_corrected');
      await plant(stage.stack, journal('pending'));
      await decide(stage.stack, review.id, 'retry');
      const held = await eventually('Alpaca holds it', async () => {
        const { rows } = await stage.stack.database.pool.query<{ ref: string }>(
          `select provider_reference as ref from provider_operations
           where subject_id = $1 and step = 'journal:2' and state = 'accepted'`,
          [id],
        );
        return rows[0]?.ref;
      });
      await moveJournal(stage.stack, held, 'executed');
      await customer.owesNothing(id);
    },
  }),
  'both-journals-corrected': scene({
    faults: [circle('deny')],
    policy: { lookUpAfterSeconds: [0.3] },
    goesOn: async ({ id, customer, stage }) => {
      await after('transfer_denied', 'refund')({ id, customer, stage });
      const { broker_withdrawal_ref, refund_ref } = await customer.withdrawalReaches(id, 'refunded');
      await moveJournal(stage.stack, refund_ref, 'correct');
      await reviewOpens(stage.stack, id, 'journal_corrected');
      await moveJournal(stage.stack, broker_withdrawal_ref, 'correct');
      await customer.owesNothing(id);
    },
    ends: 'refunded',
  }),
  'reorganised-in-a-second-run': scene({
    goesOn: async ({ id, customer, stage }) => {
      const row = await customer.withdrawalReaches(id, 'complete');
      await stage.temporal.workflow.getHandle(`withdrawal:${id}`).result();
      const path = `/control/circle/transactions/${row.circle_transfer_ref}/state`;
      await stage.stack.sandbox.control('POST', path, { state: 'FAILED', error_reason: 'REORG' });
      await after('reorganised', 'refund')({ id, customer, stage });
    },
    ends: 'refunded',
  }),
};
