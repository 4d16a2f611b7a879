/** The deposit lifecycle: USDC that arrives on chain becomes buying power at the broker. */
import { defineLifecycle, type EventOf, type StateOf } from '../lifecycle.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

export const depositLifecycle = defineLifecycle({
  name: 'deposit',
  initial: 'pending_confirmation',
  states: {
    pending_confirmation: {
      customer: 'We see your transfer on the network and wait until it is final.',
      support:
        'Circle reported an inbound transfer that is not final on chain yet. It is credited when Circle says COMPLETE.',
      waitsFor: 'chain',
      next: 'Circle reports the transfer as final, and the USDC is credited.',
      act: 'Nobody needs to act: the network decides when it is final.',
      stuckAfterSeconds: 2 * HOUR,
      on: { confirmed: 'confirmed_on_chain', dropped: 'failed', rejected: 'failed' },
    },
    confirmed_on_chain: {
      customer: 'Your transfer has arrived. We are converting it to dollars.',
      support:
        'The USDC is final in the customer wallet and in the ledger. The transfer to Circle Mint comes next.',
      waitsFor: 'circle',
      next: 'We send the whole cents to our Circle Mint address.',
      act: 'Nobody needs to act: this goes on by itself.',
      stuckAfterSeconds: 30 * MINUTE,
      on: {
        off_ramp_started: 'off_ramp_initiated',
        carried: 'broker_funded',
        refunded: 'refunded',
        reorganised: 'failed',
      },
    },
    off_ramp_initiated: {
      customer: 'Your USDC is being converted to dollars.',
      support:
        'Circle accepted the transfer from the customer wallet to our Mint deposit address. Mint must credit it.',
      waitsFor: 'circle',
      next: 'Mint credits the dollars, and the journal to the customer follows.',
      act: 'Nobody needs to act: Circle and Mint are at work.',
      stuckAfterSeconds: 2 * HOUR,
      on: { off_ramp_completed: 'off_ramp_complete', off_ramp_failed: 'confirmed_on_chain' },
    },
    off_ramp_complete: {
      customer: 'Your dollars are on the way to your brokerage account.',
      support:
        'Mint credited the dollars. A journal from our firm account to the customer account at Alpaca comes next.',
      waitsFor: 'broker',
      next: 'Alpaca executes the journal, and the dollars are buying power.',
      act: 'Nobody needs to act: this goes on by itself.',
      stuckAfterSeconds: 30 * MINUTE,
      on: { broker_funded: 'broker_funded', refunded: 'refunded', reorganised: 'failed' },
    },
    broker_funded: {
      customer: 'Done: the dollars are in your account, ready to invest.',
      support: 'Alpaca executed the journal. The money is buying power in the customer account.',
      waitsFor: 'nobody',
      next: 'Nothing; the deposit is done.',
      act: 'Nobody needs to act.',
      reopens: { journal_corrected: 'returned', reorganised: 'failed' },
    },
    failed: {
      customer: 'This transfer did not become a deposit.',
      support:
        'The transfer was dropped by the chain or was not USDC, or the chain undid it after it had been credited. ' +
        'The reason is in failure_reason.',
      waitsFor: 'nobody',
      next: 'Nothing; there is no deposit.',
      act: 'Support tells the customer the reason if they ask; an open review says what is left to settle.',
      // What the chain took back may have been buying power: the broker may take its journal back as well.
      reopens: { journal_corrected: 'failed' },
    },
    refunded: {
      customer: 'We sent this deposit back to where it came from.',
      support: 'The deposit could not be finished and went back to its sender.',
      waitsFor: 'nobody',
      next: 'Nothing; the deposit is back at its sender.',
      act: 'Nobody needs to act.',
      // What was sent back may never have come, if the chain takes the transfer back afterwards.
      reopens: { reorganised: 'failed' },
    },
    returned: {
      customer: 'The broker took this deposit back. We are looking into it and will contact you.',
      support:
        'Alpaca corrected the executed journal. The money is ours again, owed to the customer; a review is open.',
      waitsFor: 'support',
      next: 'Nothing moves before the review is decided.',
      act: 'Support decides the open review: journal the dollars again, or refund the sender.',
      reopens: { resumed: 'off_ramp_complete', refunded: 'refunded' },
    },
  },
});

export type DepositState = StateOf<typeof depositLifecycle>;
export type DepositEvent = EventOf<typeof depositLifecycle>;
