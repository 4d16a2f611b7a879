/** What a customer can withdraw now, and what stands in the way of the rest. */
import { floorToCents, formatUnits, parseUnits } from '../money.ts';
import type { WithdrawalLimits } from './withdrawal-limits.ts';

/** Where a customer stands, as the database answers it; units are smallest units of USD as text. */
export interface WithdrawalStanding {
  readonly status: string;
  readonly kyc_status: string;
  readonly cash_units: string;
  readonly held_units: string;
  readonly unsettled_units: string;
  readonly receivable_units: string;
  readonly usage: { readonly day_units: number; readonly hour_count: number };
  readonly paused: boolean;
}

/** Why money that looks like the customer's cannot leave now. */
export const WITHDRAWABLE_REASONS = [
  'account_suspended',
  'kyc_required',
  'withdrawals_paused',
  'receivable_open',
  'limit_hour',
  'limit_day',
  'limit_one',
  'unsettled',
  'held',
] as const;

export interface Obstacle {
  readonly code: (typeof WITHDRAWABLE_REASONS)[number];
  /** For the customer. */
  readonly message: string;
  /** What it keeps from leaving, where that is an amount. */
  readonly amount_usd: string | null;
}

const smallest = (...amounts: bigint[]): bigint =>
  amounts.reduce((least, next) => (next < least ? next : least));

/** The most that one request can take now, and everything that makes it less than the customer has. */
export function withdrawable(
  standing: WithdrawalStanding,
  limits: WithdrawalLimits,
): { readonly withdrawableUsd: string; readonly obstacles: Obstacle[] } {
  const obstacles: Obstacle[] = [];
  const stop = (code: Obstacle['code'], message: string) =>
    obstacles.push({ code, message, amount_usd: null });
  if (standing.status !== 'active') stop('account_suspended', 'Your account is on hold.');
  if (standing.kyc_status !== 'approved') stop('kyc_required', 'Your identity check is not finished.');
  if (standing.paused) stop('withdrawals_paused', 'Withdrawals on this network are stopped for the moment.');
  const owed = BigInt(standing.receivable_units);
  if (owed > 0n) {
    const amount_usd = formatUnits(owed);
    const message = `${amount_usd} USD of a deposit that was taken back are still owed.`;
    obstacles.push({ code: 'receivable_open', message, amount_usd });
  }
  if (standing.usage.hour_count >= limits.perHour)
    stop('limit_hour', `At most ${limits.perHour} withdrawals can be requested within an hour.`);
  const isStopped = obstacles.length > 0;
  const cash = BigInt(standing.cash_units);
  const dayLeft = parseUnits(limits.perDayUsd) - BigInt(standing.usage.day_units);
  const left = dayLeft > 0n ? dayLeft : 0n;
  const most = parseUnits(limits.mostUsd);
  const free = smallest(cash, left, most);
  if (cash > left && left <= most) {
    const message = `${formatUnits(left)} USD are left of the ${limits.perDayUsd} USD of 24 hours.`;
    obstacles.push({ code: 'limit_day', message, amount_usd: formatUnits(cash - left) });
  } else if (cash > most) {
    const message = `One withdrawal is at most ${limits.mostUsd} USD.`;
    obstacles.push({ code: 'limit_one', message, amount_usd: formatUnits(cash - most) });
  }
  explain(obstacles, 'unsettled', standing.unsettled_units, 'from sales settle on the next business day.');
  explain(obstacles, 'held', standing.held_units, 'are held for orders and withdrawals.');
  return { withdrawableUsd: formatUnits(isStopped ? 0n : floorToCents(free)), obstacles };
}

function explain(obstacles: Obstacle[], code: Obstacle['code'], units: string, message: string): void {
  if (BigInt(units) <= 0n) return;
  const amount_usd = formatUnits(BigInt(units));
  obstacles.push({ code, message: `${amount_usd} USD ${message}`, amount_usd });
}
