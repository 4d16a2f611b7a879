/** The wallet lifecycle: one Circle wallet per customer and chain. */
import { defineLifecycle, type StateOf } from '../lifecycle.ts';

export const walletLifecycle = defineLifecycle({
  name: 'wallet',
  initial: 'creating',
  states: {
    creating: {
      customer: 'Your deposit address is being made.',
      support: 'Circle is asked for a wallet on this chain.',
      waitsFor: 'circle',
      stuckAfterSeconds: 15 * 60,
      on: { created: 'active' },
    },
    active: {
      customer: 'Ready to receive USDC.',
      support: 'The wallet exists at Circle and receives deposits.',
      waitsFor: 'nobody',
      reopens: { frozen: 'inactive' },
    },
    inactive: {
      customer: 'This address is closed. Do not send anything to it.',
      support: 'Circle froze the wallet or it was retired. Deposits to it go to review.',
      waitsFor: 'nobody',
      reopens: { thawed: 'active' },
    },
  },
});

export type WalletState = StateOf<typeof walletLifecycle>;
