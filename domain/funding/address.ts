/** The lifecycle of an entry of the address book: a new address rests before money can go there. */
import { defineLifecycle, type StateOf } from '../lifecycle.ts';

const DAY = 24 * 3600;

export const addressLifecycle = defineLifecycle({
  name: 'address',
  initial: 'cooling_down',
  states: {
    cooling_down: {
      customer: 'This address is new. For your safety, withdrawals to it are possible after a waiting time.',
      support:
        'A new address rests before money can go there, so that a thief who added it is noticed. Meanwhile Circle ' +
        'is asked whether it takes the address.',
      waitsFor: 'sluice',
      stuckAfterSeconds: 3 * DAY,
      next: 'When the waiting time is over the address is screened again, and becomes usable.',
      act: 'Customer: nothing but wait, or remove the address. Nobody shortens the waiting time.',
      on: { cooled_down: 'active', blocked: 'blocked', removed: 'removed' },
    },
    active: {
      customer: 'You can withdraw to this address.',
      support: 'The waiting time is over, Circle takes the address, and no sanctions list has it.',
      waitsFor: 'nobody',
      reopens: { blocked: 'blocked', removed: 'removed' },
    },
    blocked: {
      customer: 'This address cannot be used.',
      support:
        'A sanctions list has the address, or Circle does not take it; blocked_reason says which. Never tell the ' +
        'customer that a list is the reason.',
      waitsFor: 'nobody',
      next: 'Nothing happens by itself.',
      act: 'Support: decide the open review, if there is one. Customer: remove the address.',
      reopens: { cleared: 'cooling_down', removed: 'removed' },
    },
    removed: {
      customer: 'You removed this address.',
      support: 'The customer removed the address. Withdrawals that are on their way to it go on.',
      waitsFor: 'nobody',
    },
  },
});

export type AddressState = StateOf<typeof addressLifecycle>;
