/** One of our own stocks of money, what is known to be drawn from it, and whether it lasts until it can be refilled. */
import { formatUnits, UNITS_PER_CENT } from '../money.ts';
import type { Chain } from './chain.ts';

/** The place: the firm account at Alpaca, our account at Mint, or the treasury wallet of a chain. */
export type FloatAccount = 'alpaca_firm' | 'mint_balance' | `treasury_wallet:${Chain}`;

/** All amounts are smallest units (1e-6) of USD, or of USDC for wallets. */
export interface Float {
  readonly account: FloatAccount;
  /** What the company says stands there. */
  readonly reported: bigint;
  /** The part of it that our books do not have yet: it belongs to somebody's transfer, and is not ours to give away. */
  readonly unbooked: bigint;
  /** What deposits and withdrawals that are on their way will take, and what they will bring. */
  readonly out: bigint;
  readonly in: bigint;
  /** What our wires that are not at their end yet will bring, whenever that is. */
  readonly arriving: bigint;
  /** The part of it that is on its way for certain and arrives before a wire that is ordered now. */
  readonly arrivingInTime: bigint;
  /** What our wires that are planned and not sent yet will take. */
  readonly leaving: bigint;
  /** The usual draw, from the past; never negative. */
  readonly drawPerHour: bigint;
  readonly low: bigint;
  readonly target: bigint;
  readonly high: bigint;
  /** When a wire that is ordered now would bring money here. */
  readonly refillAt: Date;
}

/** What the float must cover until a refill can arrive. */
function drawUntilRefill({ out, in: brought, drawPerHour, refillAt }: Float, now: Date): bigint {
  const seconds = BigInt(Math.max(0, Math.round((refillAt.getTime() - now.getTime()) / 1000)));
  return out - brought + (drawPerHour * seconds) / 3600n;
}

/** Where the float will stand when everything on its way has arrived and the usual draw has gone on. */
export function floatPosition(float: Float, now: Date): bigint {
  return float.reported + float.arriving - float.leaving - drawUntilRefill(float, now);
}

/** What the forecast says of one float. */
export interface FloatForecast {
  /** When it runs dry as things stand; null when nothing draws on it or it lasts for a year. */
  readonly dryAt: Date | null;
  /** The alarm's sentence with the figures it rests on; null when the float lasts until a refill can arrive. */
  readonly alarm: string | null;
}

const HOUR_MS = 3_600_000;
const A_YEAR_OF_HOURS = 8_760n;

/** The forecast: first what is known to be on its way, then the usual draw. */
export function forecast(float: Float, now: Date): FloatForecast {
  const free = float.reported + float.arrivingInTime - float.leaving - (float.out - float.in);
  if (free < 0n) return { dryAt: now, alarm: shortSentence(float, -free) };
  const { drawPerHour } = float;
  const hours = drawPerHour > 0n ? free / drawPerHour : A_YEAR_OF_HOURS;
  if (hours >= A_YEAR_OF_HOURS) return { dryAt: null, alarm: null };
  const dryAt = new Date(now.getTime() + Number((free * BigInt(HOUR_MS)) / drawPerHour));
  // What is missing by then may be less than a cent, which no wire can bring: then there is nothing to be done.
  const missing = drawUntilRefill(float, now) - (float.out - float.in) - free;
  const isShort = dryAt < float.refillAt && missing >= UNITS_PER_CENT;
  return { dryAt, alarm: isShort ? drySentence(float, dryAt) : null };
}

/** What people call the place. */
export function floatName(account: FloatAccount): string {
  if (account === 'alpaca_firm') return 'The firm account at Alpaca';
  if (account === 'mint_balance') return 'Our account at Circle Mint';
  return `Our treasury wallet on ${account.slice('treasury_wallet:'.length)}`;
}

const minute = (at: Date): string => `${at.toISOString().slice(0, 16)}Z`;

function figures({ account, reported, out, in: brought, arrivingInTime }: Float): string {
  const asset = account.startsWith('treasury_wallet') ? 'USDC' : 'USD';
  return (
    `${floatName(account)} holds ${formatUnits(reported)} ${asset}. On their way are ${formatUnits(out)} that will ` +
    `be drawn, ${formatUnits(brought)} that come in, and wires that bring ${formatUnits(arrivingInTime)} in time.`
  );
}

function shortSentence(float: Float, missing: bigint): string {
  const help = `a wire sent now arrives about ${minute(float.refillAt)}.`;
  return `${figures(float)} ${formatUnits(missing)} are missing; ${help}`;
}

function drySentence(float: Float, dryAt: Date): string {
  return (
    `${figures(float)} The usual draw is ${formatUnits(float.drawPerHour)} an hour, so it runs dry about ` +
    `${minute(dryAt)}, before a wire sent now arrives (about ${minute(float.refillAt)}).`
  );
}
