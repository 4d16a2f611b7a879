/** What each edge of a wire posts to the ledger. USD and USDC meet at Circle Mint, one for one. */
import { move, type Posting } from './ledger.ts';
import type { WireKind } from './wire.ts';

/** The parts of a wire that its postings need; `units` are smallest units. */
export interface WireMoney {
  readonly kind: WireKind;
  readonly units: bigint;
  /** Our treasury wallet, for the two kinds that touch one. */
  readonly treasuryWalletId: string | null;
}

const MINT = { account: 'mint_balance' } as const;
const FIRM = { account: 'alpaca_firm' } as const;
const IN_FLIGHT = { account: 'wires_in_flight' } as const;
const wallet = ({ treasuryWalletId }: WireMoney) =>
  ({ account: 'treasury_wallet', owner: treasuryWalletId ?? '' }) as const;

/** Our own dollars become our own USDC, or with `units` below zero the other way round. */
function exchange(units: bigint): Posting[] {
  return [
    { account: 'company_float', amount: units.toString() },
    { account: 'company_float_usdc', amount: (-units).toString() },
  ];
}

/** The sender has taken the order: the money has left the place where it stood. */
export function wireInitiated(wire: WireMoney): Posting[] {
  const { kind, units } = wire;
  switch (kind) {
    case 'mint_to_alpaca':
      return move(units, IN_FLIGHT, MINT);
    case 'alpaca_to_mint':
      return move(units, IN_FLIGHT, FIRM);
    case 'mint_to_wallet':
      return [
        { ...MINT, amount: (-units).toString() },
        { account: 'on_ramp_in_transit', amount: units.toString() },
        ...exchange(units),
      ];
    case 'wallet_to_mint':
      return move(units, { account: 'circle_in_transit' }, wallet(wire));
  }
}

/** It did not go, or came back: the money stands where it came from. */
export function wireTakenBack(wire: WireMoney): Posting[] {
  return wireInitiated({ ...wire, units: -wire.units });
}

/**
 * It is at the other end. What arrives short was kept by a bank on the way: a cost of ours, so our own float falls.
 *
 * @param arrived what the other end has credited.
 */
export function wireCompleted(wire: WireMoney, arrived: bigint): Posting[] {
  const { kind, units } = wire;
  const cost = units - arrived;
  switch (kind) {
    case 'mint_to_alpaca':
    case 'alpaca_to_mint': {
      const place = kind === 'mint_to_alpaca' ? FIRM : MINT;
      return [
        { ...IN_FLIGHT, amount: (-units).toString() },
        { ...place, amount: arrived.toString() },
        ...(cost === 0n ? [] : [{ account: 'company_float', amount: cost.toString() } as const]),
      ];
    }
    case 'mint_to_wallet':
      return move(units, wallet(wire), { account: 'on_ramp_in_transit' });
    case 'wallet_to_mint':
      return [
        { account: 'circle_in_transit', amount: (-units).toString() },
        { ...MINT, amount: units.toString() },
        ...exchange(-units),
      ];
  }
}

/**
 * A bank wire came back although it had arrived: the sender has its money again. Whether the other end has lost it is
 * what a person must find out, so the same amount stands in suspense until then.
 */
export function wireReturnedLate({ kind, units }: WireMoney): Posting[] {
  return move(units, kind === 'alpaca_to_mint' ? FIRM : MINT, { account: 'reconciliation_suspense_usd' });
}
