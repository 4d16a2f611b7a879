/** Why a deposit stands longer than usual where it stands, and what to say then. */
import type { WaitWords } from '../lifecycle.ts';

/** What to say for each reason to wait; the names are those of the column `waiting_for`. */
export const DEPOSIT_WAITS = {
  float: {
    customer: 'This takes a little longer than usual; nothing is needed from you.',
    support:
      'Our firm account at Alpaca has too little float. The journal is tried again when the treasury has refilled it.',
    waitsFor: 'treasury',
    next: 'The journal is asked for again as soon as the treasury reports float, and after each pause by itself.',
    act: 'Treasury: refill the firm account at Alpaca.',
  },
  account: {
    customer: 'The dollars move on as soon as your brokerage account is open.',
    support: 'The customer has no active account at Alpaca yet. The journal follows when KYC is approved.',
    waitsFor: 'customer',
    next: 'After each pause we look whether the account is open; the journal follows then.',
    act: 'The customer: finish the account opening. Support: see the lifecycle kyc of this customer.',
  },
  broker_approval: {
    customer: 'Our broker is checking this transfer. It usually takes until the next business day.',
    support: 'Alpaca holds the journal as pending. Somebody at Alpaca must approve it, or the next day does.',
    waitsFor: 'broker',
    next: 'Alpaca approves the journal, at the latest with the next business day; its event moves the deposit on.',
    act: 'Support: ask Alpaca when the customer cannot wait.',
  },
  next_deposit: {
    customer: 'It has arrived. Amounts below one cent wait here and join your next deposit on this network.',
    support:
      'Less than one cent: it stays in the wallet and joins the next deposit of this customer on this chain.',
    waitsFor: 'customer',
    next: "The customer's next deposit on this chain takes it along.",
    act: 'Nobody needs to act.',
    alone: true,
  },
  carrier: {
    customer: 'This amount below one cent is on its way together with a later deposit.',
    support: 'The dust of this deposit travels with the deposit in carried_by_id.',
    waitsFor: 'nobody',
    next: 'When the later deposit reaches the broker, this one is done as well.',
    act: 'Nobody needs to act.',
    alone: true,
  },
  circle_stuck: {
    customer: 'The network is busy; your transfer takes longer than usual.',
    support: 'Circle says STUCK: the network fee was too low. We asked Circle to accelerate it.',
    waitsFor: 'circle',
    next: 'Circle sends the transfer again with a higher fee.',
    act: 'Support: ask Circle if a review opens.',
  },
  circle_answer: {
    customer: 'We are checking with our payment partner.',
    support: "Circle's answer to our transfer was unclear. We look it up before anything is tried again.",
    waitsFor: 'circle',
    next: 'We look the transfer up at Circle, and send it only if Circle has never heard of it.',
    act: 'Nobody needs to act; a review opens if Circle stays unclear.',
  },
  mint_answer: {
    customer: 'We are checking with our payment partner.',
    support: 'Mint has not said yet whether it credited the transfer. We look it up.',
    waitsFor: 'circle',
    next: 'We look at Mint for the credit.',
    act: 'Nobody needs to act; a review opens if Mint stays silent.',
  },
  broker_answer: {
    customer: 'We are checking with our broker.',
    support: "Alpaca's answer to our journal was unclear. We look it up before anything is tried again.",
    waitsFor: 'broker',
    next: 'We look the journal up at Alpaca, and ask for it only if Alpaca has never heard of it.',
    act: 'Nobody needs to act; a review opens if Alpaca stays unclear.',
  },
  paused: {
    customer:
      'We have stopped transfers of this kind for a moment. Your money is safe and goes on by itself.',
    support: 'Paused by staff. The deposit goes on by itself when the switch is on again.',
    waitsFor: 'support',
    next: 'When the switch is on again the deposit goes on by itself.',
    act: 'An administrator: switch it on again under /v1/admin/switches.',
  },
  refund: {
    customer: 'We are sending this deposit back to where it came from.',
    support: 'A person decided that this deposit goes back to its sender. Circle sends the USDC.',
    waitsFor: 'circle',
    next: 'Circle reports the refund as final on chain; the deposit is refunded then.',
    act: 'Nobody needs to act; a review opens if the refund does not arrive.',
    alone: true,
  },
  review: {
    customer: 'One of our people is looking at this deposit.',
    support: 'A review is open: somebody must decide how it goes on.',
    waitsFor: 'support',
    next: 'Nothing moves before the review is decided.',
    act: 'Support: decide the open review.',
  },
} as const satisfies Record<string, WaitWords & { readonly customer: string }>;

export type DepositWait = keyof typeof DEPOSIT_WAITS;
