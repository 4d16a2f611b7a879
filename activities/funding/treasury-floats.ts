/** Puts together what the database and the companies say of each float. */
import type { TreasuryFacts } from '../../db/funding/treasury-queries.ts';
import { expectedArrival } from '../../domain/funding/bank-calendar.ts';
import type { Chain } from '../../domain/funding/chain.ts';
import type { Float, FloatAccount } from '../../domain/funding/float.ts';
import { bankHoursOf, transferHoursOf } from '../../domain/funding/treasury-policy.ts';
import type { WireKind } from '../../domain/funding/wire.ts';
import { parseUnits } from '../../domain/money.ts';

/** What the companies say, in smallest units. */
export interface Balances {
  readonly firm: bigint;
  readonly mint: bigint;
  readonly wallets: ReadonlyMap<Chain, bigint>;
}

/** Where a wire goes. */
export function targetOf(kind: WireKind, chain: Chain | null): FloatAccount {
  if (kind === 'mint_to_alpaca') return 'alpaca_firm';
  return kind === 'mint_to_wallet' && chain !== null ? `treasury_wallet:${chain}` : 'mint_balance';
}

/** Where a wire comes from. */
function sourceOf(kind: WireKind, chain: Chain | null): FloatAccount {
  if (kind === 'alpaca_to_mint') return 'alpaca_firm';
  return kind === 'wallet_to_mint' && chain !== null ? `treasury_wallet:${chain}` : 'mint_balance';
}

/** The floats at a moment: the two accounts, and a wallet for each chain that has one. */
export function floatsOf(facts: TreasuryFacts, balances: Balances, now: Date): Float[] {
  const { policy, firm, mint } = facts;
  const byWire = expectedArrival(now, bankHoursOf(policy));
  const byTransfer = expectedArrival(now, transferHoursOf(policy));
  const perHour = (drawn: string): bigint =>
    (parseUnits(drawn) * 3600n) / BigInt(Math.max(1, Math.round(policy.forecastWindowSeconds)));
  const known = (account: FloatAccount, refillAt: Date) => ({
    account,
    refillAt,
    ...wiresAbout(account, facts, refillAt),
  });
  return [
    {
      ...known('alpaca_firm', byWire),
      reported: balances.firm,
      unbooked: 0n,
      ...{ out: parseUnits(firm.out), in: parseUnits(firm.in), drawPerHour: perHour(firm.drawn) },
      ...bounds(policy.alpacaLowUsd, policy.alpacaTargetUsd, policy.alpacaHighUsd),
    },
    {
      ...known('mint_balance', byWire),
      reported: balances.mint,
      unbooked: 0n,
      ...{ out: parseUnits(mint.out), in: parseUnits(mint.in), drawPerHour: perHour(mint.drawn) },
      ...bounds(policy.mintLowUsd, policy.mintTargetUsd, policy.mintHighUsd),
    },
    ...facts.wallets.map(({ chain, out, booked }) => ({
      ...known(`treasury_wallet:${chain}`, byTransfer),
      reported: balances.wallets.get(chain) ?? 0n,
      unbooked: above(balances.wallets.get(chain) ?? 0n, BigInt(booked)),
      ...{ out: parseUnits(out), in: 0n, drawPerHour: 0n },
      ...bounds(policy.walletLowUsdc, policy.walletTargetUsdc, policy.walletHighUsdc),
    })),
  ];
}

function above(amount: bigint, other: bigint): bigint {
  return amount > other ? amount - other : 0n;
}

function bounds(low: string, target: string, high: string): Pick<Float, 'low' | 'target' | 'high'> {
  return { low: parseUnits(low), target: parseUnits(target), high: parseUnits(high) };
}

/** What is not sent yet still stands where it comes from; what is sent has left there already. */
function wiresAbout(
  account: FloatAccount,
  { wires }: TreasuryFacts,
  refillAt: Date,
): Pick<Float, 'arriving' | 'arrivingInTime' | 'leaving'> {
  let [arriving, arrivingInTime, leaving] = [0n, 0n, 0n];
  for (const { kind, chain, amount, status, expected_at } of wires) {
    const units = parseUnits(amount);
    const isSent = status === 'initiated' || status === 'sent';
    if (targetOf(kind, chain) === account) {
      arriving += units;
      // One that waits for people may never go: it calms nobody.
      const isCertain = status !== 'awaiting_approval';
      if (isCertain && expected_at !== null && new Date(expected_at) <= refillAt) arrivingInTime += units;
    }
    if (sourceOf(kind, chain) === account && !isSent) leaving += units;
  }
  return { arriving, arrivingInTime, leaving };
}
