/** The wire lifecycle: our own money between our places at Circle Mint and Alpaca, and in our treasury wallets. */
import { defineLifecycle, type EventOf, type StateOf } from '../lifecycle.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// No customer sees a wire; the sentences for customers are there because every lifecycle has them.
export const wireLifecycle = defineLifecycle({
  name: 'wire',
  initial: 'planned',
  states: {
    planned: {
      customer: 'We are about to move money between our own accounts.',
      support: 'The treasury wants this transfer. It is sent as soon as banks, switches and approvals allow.',
      waitsFor: 'sluice',
      next: 'The order goes to the sending company as soon as banks and switches allow it.',
      act: 'An administrator can call it off until then.',
      stuckAfterSeconds: 5 * DAY,
      on: {
        approval_needed: 'awaiting_approval',
        initiated: 'initiated',
        canceled: 'canceled',
      },
    },
    awaiting_approval: {
      customer: 'Our people are checking a transfer between our own accounts.',
      support:
        'The amount is above what goes automatically, or a person asked for it: two people must agree.',
      waitsFor: 'support',
      next: 'Without enough approvals it is called off when its time is over.',
      act: 'Staff approve or reject it at /v1/admin/wires/{id}/approvals, each person once and never who asked.',
      stuckAfterSeconds: 1 * DAY,
      on: {
        approved: 'planned',
        rejected: 'canceled',
        approval_expired: 'canceled',
        canceled: 'canceled',
      },
    },
    initiated: {
      customer: 'A transfer between our own accounts has been ordered.',
      support: 'The sending company has taken the order and set the money aside. It must send it now.',
      waitsFor: 'broker',
      next: 'The sending company tells that the money has left; we look it up as well.',
      act: 'Nobody can call it back; a late one opens a review.',
      stuckAfterSeconds: 1 * DAY,
      on: { sent: 'sent', completed: 'complete', failed: 'failed', returned: 'returned' },
    },
    sent: {
      customer: 'A transfer between our own accounts is on its way.',
      support: 'The sending company says that the money has left. It must show up at the other end.',
      waitsFor: 'broker',
      next: 'The receiving company shows the arrival; we look for it as well.',
      act: 'Nobody must act; a late one opens a review.',
      stuckAfterSeconds: 2 * DAY,
      on: { completed: 'complete', failed: 'failed', returned: 'returned' },
    },
    complete: {
      customer: 'A transfer between our own accounts has arrived.',
      support: 'The money is at the other end. For some days it is still watched for a return.',
      waitsFor: 'nobody',
      next: 'For some days it is looked up whether the money came back.',
      act: 'Nobody must act.',
      reopens: { returned: 'returned' },
    },
    failed: {
      customer: 'A transfer between our own accounts did not leave.',
      support: 'The sending company gave the money back before it had left. The reason is in failure_reason.',
      waitsFor: 'nobody',
      next: 'The treasury plans another one if it is still needed.',
      act: 'Whoever knows the bank finds out why before people approve the next one.',
    },
    canceled: {
      customer: 'A transfer between our own accounts was called off.',
      support: 'Nothing was sent: somebody rejected or canceled it, or nobody approved it in time.',
      waitsFor: 'nobody',
      next: 'The treasury plans another one if it is still needed.',
      act: 'Nobody must act.',
    },
    returned: {
      customer: 'A transfer between our own accounts came back.',
      support: 'The receiving bank sent the money back: it stands where it came from.',
      waitsFor: 'nobody',
      next: 'The treasury plans another one if it is still needed.',
      act: 'Support reads why the bank sent it back and closes the review.',
    },
  },
});

export type WireState = StateOf<typeof wireLifecycle>;
export type WireEvent = EventOf<typeof wireLifecycle>;

/**
 * From where to where. The first two are bank wires; `mint_to_wallet` buys stock in one of our treasury wallets,
 * `wallet_to_mint` sells it.
 */
export const WIRE_KINDS = ['mint_to_alpaca', 'alpaca_to_mint', 'mint_to_wallet', 'wallet_to_mint'] as const;
export type WireKind = (typeof WIRE_KINDS)[number];

/** Bank wires keep bank hours; the others go over a blockchain, which never closes. */
export function isBankWire(kind: WireKind): boolean {
  return kind === 'mint_to_alpaca' || kind === 'alpaca_to_mint';
}

/** The company that is told to send. */
export function wireSender(kind: WireKind): 'mint' | 'alpaca' | 'circle' {
  if (kind === 'alpaca_to_mint') return 'alpaca';
  return kind === 'wallet_to_mint' ? 'circle' : 'mint';
}
