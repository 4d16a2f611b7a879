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
      next: 'Circle makes the wallet, and its address is shown to the customer.',
      act: 'Nobody needs to act: we ask Circle again by ourselves.',
      stuckAfterSeconds: 15 * 60,
      on: { created: 'active' },
    },
    active: {
      customer: 'Ready to receive USDC.',
      support: 'The wallet exists at Circle and receives deposits.',
      waitsFor: 'nobody',
      next: 'Nothing; it receives deposits.',
      act: 'Nobody needs to act.',
      reopens: { frozen: 'inactive' },
    },
    inactive: {
      customer: 'This address is closed. Do not send anything to it.',
      support: 'Circle froze the wallet or it was retired. Deposits to it go to review.',
      waitsFor: 'nobody',
      next: 'Nothing happens by itself.',
      act: 'Support asks Circle whether the wallet can be opened again.',
      reopens: { thawed: 'active' },
    },
  },
});

export type WalletState = StateOf<typeof walletLifecycle>;
