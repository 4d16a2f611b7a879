/** Which wires the floats need: netted, within bounds, and never a second one for a need that is served. */
import { floorToCents, formatUnits } from '../money.ts';
import type { Chain } from './chain.ts';
import { type Float, type FloatAccount, floatName, floatPosition } from './float.ts';
import type { WireKind } from './wire.ts';

/** A wire that has not come to its end. */
export interface WireUnderWay {
  readonly kind: WireKind;
  readonly chain: Chain | null;
  readonly status: string;
  readonly waiting_for: string | null;
}

/** A wire that the floats need. */
export interface PlannedWire {
  readonly kind: WireKind;
  readonly chain: Chain | null;
  /** Smallest units, whole cents. */
  readonly amount: bigint;
  /** The sentence that says why, with its figures. */
  readonly reason: string;
}

interface Place {
  readonly float: Float;
  /** Where it will stand; falls and rises with the wires that this plan adds. */
  position: bigint;
}

interface Route {
  readonly kind: WireKind;
  readonly chain: Chain | null;
  readonly from: FloatAccount;
  readonly to: FloatAccount;
}

/** Every way between two of our places; a pair of opposite ways stands together. */
function routesOf(floats: readonly Float[]): Route[] {
  const banks: Route[] = [
    { kind: 'mint_to_alpaca', chain: null, from: 'mint_balance', to: 'alpaca_firm' },
    { kind: 'alpaca_to_mint', chain: null, from: 'alpaca_firm', to: 'mint_balance' },
  ];
  const wallets = floats.flatMap(({ account }): Route[] => {
    if (!account.startsWith('treasury_wallet:')) return [];
    const chain = account.slice('treasury_wallet:'.length) as Chain;
    return [
      { kind: 'mint_to_wallet', chain, from: 'mint_balance', to: account },
      { kind: 'wallet_to_mint', chain, from: account, to: 'mint_balance' },
    ];
  });
  return [...banks, ...wallets];
}

const OPPOSITE: Readonly<Record<WireKind, WireKind>> = {
  mint_to_alpaca: 'alpaca_to_mint',
  alpaca_to_mint: 'mint_to_alpaca',
  mint_to_wallet: 'wallet_to_mint',
  wallet_to_mint: 'mint_to_wallet',
};

/** A place whose wire is being sent this very moment shows a balance from before or after: it waits a round. */
function isSettled(
  account: FloatAccount,
  routes: readonly Route[],
  underWay: readonly WireUnderWay[],
): boolean {
  return !underWay.some(
    ({ kind, chain, status, waiting_for }) =>
      status === 'planned' &&
      waiting_for === null &&
      routes.some((route) => route.kind === kind && route.chain === chain && route.from === account),
  );
}

/** First what is too low is filled, then what is too high is given away. */
export function planWires(
  floats: readonly Float[],
  underWay: readonly WireUnderWay[],
  options: { readonly now: Date; readonly minimum: bigint },
): PlannedWire[] {
  const places = new Map<FloatAccount, Place>(
    floats.map((float) => [float.account, { float, position: floatPosition(float, options.now) }]),
  );
  const routes = routesOf(floats);
  const planned: PlannedWire[] = [];
  const isBusy = ({ kind, chain }: Route) =>
    [...underWay, ...planned].some((wire) => wire.kind === OPPOSITE[kind] && wire.chain === chain);
  for (const size of [refill, excess]) {
    for (const route of routes) {
      const [from, to] = [places.get(route.from), places.get(route.to)];
      if (!from || !to || isBusy(route)) continue;
      if (!isSettled(route.from, routes, underWay) || !isSettled(route.to, routes, underWay)) continue;
      const wish = size(from, to);
      const amount = floorToCents(wish.amount);
      if (amount <= 0n || amount < options.minimum) continue;
      from.position -= amount;
      to.position += amount;
      planned.push({ kind: route.kind, chain: route.chain, amount, reason: wish.reason });
    }
  }
  return planned;
}

const smaller = (left: bigint, right: bigint): bigint => (left < right ? left : right);

/** Fills what falls below its low mark, as far as the other place stays above its own. */
function refill(from: Place, to: Place): { amount: bigint; reason: string } {
  if (to.position >= to.float.low) return { amount: 0n, reason: '' };
  const wanted = to.float.target - to.position;
  return {
    amount: smaller(wanted, from.position - from.float.unbooked - from.float.low),
    reason:
      `${floatName(to.float.account)} will stand at ${formatUnits(to.position)}, below its low mark of ` +
      `${formatUnits(to.float.low)}; its target is ${formatUnits(to.float.target)}.`,
  };
}

/** Gives away what lies above the high mark, as far as the other place takes it. */
function excess(from: Place, to: Place): { amount: bigint; reason: string } {
  const stands = from.position - from.float.unbooked;
  if (stands <= from.float.high) return { amount: 0n, reason: '' };
  return {
    amount: smaller(stands - from.float.target, to.float.high - to.position),
    reason:
      `${floatName(from.float.account)} will stand at ${formatUnits(stands)}, above its high mark of ` +
      `${formatUnits(from.float.high)}; its target is ${formatUnits(from.float.target)}.`,
  };
}
