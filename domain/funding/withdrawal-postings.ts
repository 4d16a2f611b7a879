/** What each edge of a withdrawal posts to the ledger; the request's own hold is posted by the database. */
import { move, type Posting } from './ledger.ts';

/** The parts of a withdrawal that its postings need, in smallest units; `amount` is `net` and `fee`. */
export interface WithdrawalMoney {
  readonly userId: string;
  readonly amount: bigint;
  readonly fee: bigint;
  readonly net: bigint;
  /** Id of our treasury wallet on the chain. */
  readonly treasuryWalletId: string;
}

type Side = Omit<Posting, 'amount'>;

const flip = (postings: readonly Posting[]): Posting[] =>
  postings.map(({ amount, ...side }) => ({ ...side, amount: (-BigInt(amount)).toString() }));
const some = (units: bigint, debit: Side, credit: Side): Posting[] =>
  units === 0n ? [] : move(units, debit, credit);

/** What was held is in the balance again. */
export function released({ userId, amount }: WithdrawalMoney): Posting[] {
  return move(
    amount,
    { account: 'customer_held', owner: userId },
    { account: 'customer_cash', owner: userId },
  );
}

/** The dollars changed accounts at the broker; nobody's claim changed by it. */
export function journalMoved({ userId, amount }: WithdrawalMoney): Posting[] {
  return move(amount, { account: 'alpaca_firm' }, { account: 'alpaca_customer', owner: userId });
}

/** The broker took that back. */
export function journalTakenBack(money: WithdrawalMoney): Posting[] {
  return flip(journalMoved(money));
}

/** The journal executed: the hold became what is on its way, and our fee. */
export function brokerWithdrawn(money: WithdrawalMoney): Posting[] {
  const { userId, fee, net } = money;
  const held: Side = { account: 'customer_held', owner: userId };
  return [
    ...journalMoved(money),
    ...some(net, held, { account: 'customer_withdrawing', owner: userId }),
    ...some(fee, held, { account: 'company_fees' }),
  ];
}

/** The broker took the journal back before anything else had moved: the money is held again. */
export function brokerWithdrawalUndone(money: WithdrawalMoney): Posting[] {
  return flip(brokerWithdrawn(money));
}

/** Mint accepted the transfer: our dollars there become USDC on their way to the treasury wallet. */
export function onRampStarted({ userId, net }: WithdrawalMoney): Posting[] {
  return [
    ...move(net, { account: 'customer_withdrawing', owner: userId }, { account: 'mint_balance' }),
    ...move(net, { account: 'on_ramp_in_transit' }, { account: 'customer_outgoing', owner: userId }),
  ];
}

/** The transfer failed: the dollars are at Mint still. */
export function onRampFailed(money: WithdrawalMoney): Posting[] {
  return flip(onRampStarted(money));
}

/** The USDC is in the treasury wallet. */
export function onRampCompleted({ net, treasuryWalletId }: WithdrawalMoney): Posting[] {
  return move(
    net,
    { account: 'treasury_wallet', owner: treasuryWalletId },
    { account: 'on_ramp_in_transit' },
  );
}

/** Circle accepted the transfer to the customer's address. */
export function transferStarted({ net, treasuryWalletId }: WithdrawalMoney): Posting[] {
  return move(
    net,
    { account: 'circle_out_transit' },
    { account: 'treasury_wallet', owner: treasuryWalletId },
  );
}

/** The transfer failed: the USDC is in the treasury wallet still. */
export function transferFailed(money: WithdrawalMoney): Posting[] {
  return flip(transferStarted(money));
}

/** The USDC has arrived: we owe nothing any more. */
export function transferCompleted({ userId, net }: WithdrawalMoney): Posting[] {
  return move(net, { account: 'customer_outgoing', owner: userId }, { account: 'circle_out_transit' });
}

/** The chain dropped a transfer that had been final: the USDC is in the treasury wallet, and owed again. */
export function transferReorganised({ userId, net, treasuryWalletId }: WithdrawalMoney): Posting[] {
  return move(
    net,
    { account: 'treasury_wallet', owner: treasuryWalletId },
    { account: 'customer_outgoing', owner: userId },
  );
}

/** The way back before any USDC was made: everything returns, the fee included. */
export function refundedAsDollars(money: WithdrawalMoney): Posting[] {
  const { userId, fee, net } = money;
  const cash: Side = { account: 'customer_cash', owner: userId };
  return [
    ...journalTakenBack(money),
    ...some(net, { account: 'customer_withdrawing', owner: userId }, cash),
    ...some(fee, { account: 'company_fees' }, cash),
  ];
}

/** The way back from the treasury wallet: the USDC stays ours, and the customer gets dollars of ours for it. */
export function refundedFromTreasury(money: WithdrawalMoney): Posting[] {
  const { userId, fee, net } = money;
  const cash: Side = { account: 'customer_cash', owner: userId };
  return [
    ...journalTakenBack(money),
    ...some(net, { account: 'customer_outgoing', owner: userId }, { account: 'company_float_usdc' }),
    ...some(net, { account: 'company_float' }, cash),
    ...some(fee, { account: 'company_fees' }, cash),
  ];
}
