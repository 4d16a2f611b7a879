/** The KYC lifecycle: what the broker thinks of a customer's application. It lives on the user's row. */
import { defineLifecycle, type StateOf } from '../lifecycle.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

export const kycLifecycle = defineLifecycle({
  name: 'kyc',
  initial: 'not_started',
  states: {
    not_started: {
      customer: 'Tell us about yourself to open your account.',
      support: 'The customer has not sent an application yet.',
      waitsFor: 'customer',
      next: 'The customer sends an application.',
      act: 'The customer applies in the app.',
      on: { submitted: 'pending' },
    },
    pending: {
      customer: 'We are checking your details. This usually takes a few minutes, at most a few days.',
      support: 'The application is with Alpaca. Its answer comes as an account status event.',
      waitsFor: 'broker',
      next: 'Alpaca decides, and its event moves the application on.',
      act: 'Nobody needs to act: Alpaca is at work.',
      stuckAfterSeconds: 3 * DAY,
      on: {
        approved: 'approved',
        rejected: 'rejected',
        document_required: 'action_required',
        refused: 'not_started',
      },
    },
    action_required: {
      customer: 'We need one more thing from you before we can open your account.',
      support: 'Alpaca asked for a document or a correction. The customer must upload it.',
      waitsFor: 'customer',
      next: 'The customer hands in what Alpaca asked for, and Alpaca decides again.',
      act: 'The customer uploads what kyc_results names; support reminds them.',
      stuckAfterSeconds: 30 * DAY,
      on: { resubmitted: 'pending', approved: 'approved', rejected: 'rejected' },
    },
    approved: {
      customer: 'Your account is open.',
      support: 'The brokerage account is ACTIVE.',
      waitsFor: 'nobody',
      next: 'Nothing; the account is open.',
      act: 'Nobody needs to act.',
      reopens: { document_required: 'action_required', closed: 'rejected' },
    },
    rejected: {
      customer: 'We could not open an account for you.',
      support: 'Alpaca rejected the application or closed the account. The reasons are in kyc_results.',
      waitsFor: 'nobody',
      next: 'Nothing; Alpaca has decided.',
      act: 'Support explains the reasons in kyc_results if the customer asks.',
    },
  },
});

export type KycState = StateOf<typeof kycLifecycle>;
