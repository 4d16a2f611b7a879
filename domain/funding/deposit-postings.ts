/**
 * What each edge of a deposit posts to the ledger, beside confirmation and return, whose amounts only the
 * database knows.
 */
import { move, type Posting } from './ledger.ts';

/** The parts of a deposit that its postings need; `units` are smallest units of both USDC and USD. */
export interface DepositMoney {
  readonly userId: string;
  readonly walletId: string;
  readonly units: bigint;
}

/** Circle accepted the transfer: the USDC leaves the wallet and is on its way to Mint. */
export function offRampStarted({ walletId, units }: DepositMoney): Posting[] {
  return move(units, { account: 'circle_in_transit' }, { account: 'circle_wallet', owner: walletId });
}

/** The transfer failed: the USDC is still in the wallet. */
export function offRampFailed({ walletId, units }: DepositMoney): Posting[] {
  return move(units, { account: 'circle_wallet', owner: walletId }, { account: 'circle_in_transit' });
}

/** Mint credited the dollars: the customer's USDC is gone, and we owe dollars instead. */
export function offRampCompleted({ userId, units }: DepositMoney): Posting[] {
  return [
    ...move(units, { account: 'customer_converting', owner: userId }, { account: 'circle_in_transit' }),
    ...move(units, { account: 'mint_balance' }, { account: 'customer_pending', owner: userId }),
  ];
}

/** The journal executed: the firm's dollars at the broker became the customer's. */
export function brokerFunded({ userId, units }: DepositMoney): Posting[] {
  return [
    ...move(units, { account: 'alpaca_customer', owner: userId }, { account: 'alpaca_firm' }),
    ...move(
      units,
      { account: 'customer_pending', owner: userId },
      { account: 'customer_cash', owner: userId },
    ),
  ];
}
