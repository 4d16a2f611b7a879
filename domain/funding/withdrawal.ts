/** The withdrawal lifecycle: dollars at the broker become USDC at an address of the customer's choice. */
import { defineLifecycle, type EventOf, type StateOf } from '../lifecycle.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const withdrawalLifecycle = defineLifecycle({
  name: 'withdrawal',
  initial: 'pending',
  states: {
    pending: {
      customer: 'We have received your withdrawal and set the money aside.',
      support:
        'The money is held in the customer balance. A journal from the customer account to our firm account at ' +
        'Alpaca comes next.',
      waitsFor: 'broker',
      next: 'We ask Alpaca for the journal to our firm account.',
      act: 'The customer can still cancel. Nobody else needs to act.',
      stuckAfterSeconds: 30 * MINUTE,
      on: {
        approval_needed: 'awaiting_approval',
        broker_withdrawal_started: 'broker_withdrawal_initiated',
        canceled: 'canceled',
        failed: 'failed',
      },
    },
    awaiting_approval: {
      customer: 'One of our people must release this withdrawal. Your money is set aside meanwhile.',
      support:
        'The amount is above the approval threshold. Two members of staff must approve it before it expires.',
      waitsFor: 'support',
      next: 'Two approvals release it; without them it is canceled when its time is over.',
      act: 'Two members of staff decide under /v1/admin/withdrawals/{id}/approvals; the customer can cancel.',
      stuckAfterSeconds: DAY,
      on: { approved: 'pending', rejected: 'canceled', approval_expired: 'canceled', canceled: 'canceled' },
    },
    broker_withdrawal_initiated: {
      customer: 'The dollars are leaving your brokerage account.',
      support: 'Alpaca accepted the journal from the customer account to our firm account. It must execute.',
      waitsFor: 'broker',
      next: 'Alpaca executes the journal, and the dollars are in our firm account.',
      act: 'Nobody needs to act: Alpaca is at work.',
      stuckAfterSeconds: 2 * HOUR,
      on: { broker_withdrawal_completed: 'broker_withdrawal_complete', broker_withdrawal_failed: 'pending' },
    },
    broker_withdrawal_complete: {
      customer: 'The dollars have left your brokerage account. We are converting them to USDC.',
      support:
        'The journal executed: the dollars are in our firm account. Circle Mint sends the USDC to our treasury ' +
        'wallet next.',
      waitsFor: 'circle',
      next: 'Circle Mint sends the USDC to our treasury wallet on the target chain.',
      act: 'Nobody needs to act: this goes on by itself.',
      stuckAfterSeconds: 30 * MINUTE,
      on: {
        on_ramp_started: 'on_ramp_initiated',
        refunded: 'refunded',
        journal_corrected: 'pending',
      },
    },
    on_ramp_initiated: {
      customer: 'Your dollars are being converted to USDC.',
      support:
        'Circle Mint accepted the transfer to our treasury wallet on the target chain. It must complete.',
      waitsFor: 'circle',
      next: 'Mint completes the transfer, and the USDC is in our treasury wallet.',
      act: 'Nobody needs to act: Circle is at work.',
      stuckAfterSeconds: 2 * HOUR,
      on: {
        on_ramp_completed: 'on_ramp_complete',
        on_ramp_failed: 'broker_withdrawal_complete',
        journal_corrected: 'on_ramp_initiated',
        journal_repeated: 'on_ramp_initiated',
      },
    },
    on_ramp_complete: {
      customer: 'Your USDC is ready and about to be sent.',
      support: 'The USDC is in our treasury wallet. The transfer to the address of the customer comes next.',
      waitsFor: 'circle',
      next: "Our treasury wallet sends the USDC to the customer's address.",
      act: 'Nobody needs to act: this goes on by itself.',
      stuckAfterSeconds: 30 * MINUTE,
      on: {
        transfer_started: 'transfer_initiated',
        refunded: 'refunded',
        journal_corrected: 'on_ramp_complete',
        journal_repeated: 'on_ramp_complete',
      },
    },
    transfer_initiated: {
      customer: 'Your USDC is on its way to your address.',
      support:
        'Circle accepted the transfer from our treasury wallet to the address of the customer. It must be final.',
      waitsFor: 'chain',
      next: 'The transfer becomes final on chain, and the withdrawal is done.',
      act: 'Nobody needs to act: the network is at work.',
      stuckAfterSeconds: 2 * HOUR,
      on: {
        completed: 'complete',
        transfer_failed: 'on_ramp_complete',
        journal_corrected: 'transfer_initiated',
        journal_repeated: 'transfer_initiated',
      },
    },
    complete: {
      customer: 'Done: your USDC has arrived at your address.',
      support: 'The transfer is final on chain. Nothing is left to do.',
      waitsFor: 'nobody',
      next: 'Nothing; the withdrawal is done.',
      act: 'Nobody needs to act.',
      reopens: {
        reorganised: 'on_ramp_complete',
        journal_corrected: 'complete',
        journal_repeated: 'complete',
      },
    },
    canceled: {
      customer: 'This withdrawal was canceled. The money is in your balance.',
      support: 'Canceled before anything had moved. What was held is in the balance again.',
      waitsFor: 'nobody',
      next: 'Nothing; the money is in the balance.',
      act: 'Nobody needs to act.',
    },
    failed: {
      customer: 'This withdrawal could not be made. The money is in your balance.',
      support: 'Nothing had moved. What was held is in the balance again; failure_reason says why.',
      waitsFor: 'nobody',
      next: 'Nothing; the money is in the balance.',
      act: 'Support tells the customer the reason in failure_reason if they ask.',
    },
    refunded: {
      customer:
        'This withdrawal could not be finished. The money, the fee included, is back in your balance.',
      support:
        'The tail of the withdrawal failed, and a journal brought the dollars back to the customer account.',
      waitsFor: 'nobody',
      next: 'Nothing; the money is in the balance.',
      act: 'Support tells the customer the reason in refund_reason if they ask.',
      reopens: { journal_corrected: 'refunded', journal_repeated: 'refunded' },
    },
  },
});

export type WithdrawalState = StateOf<typeof withdrawalLifecycle>;
export type WithdrawalEvent = EventOf<typeof withdrawalLifecycle>;
