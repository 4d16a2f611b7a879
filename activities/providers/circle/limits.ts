/** How long a call to Circle wallets may take, and how many may leave in a second. */
import type { CallTimeouts } from '../call.ts';
import { createRateGate, type RateGate } from '../rate.ts';

/** Circle's host, for test and live keys alike. Other hosts (a local sandbox) speak for themselves by 429. */
const CIRCLE_HOST = 'api.circle.com';

/** A write also waits for screening on Circle's side, so it gets longer than a read. */
export const CIRCLE_TIMEOUTS: CallTimeouts = { readMs: 10_000, writeMs: 20_000 };

/** One gate per documented class of request. */
export interface CircleGates {
  readonly read: RateGate;
  readonly write: RateGate;
  readonly createWallets: RateGate;
}

/** Circle: developers.circle.com wallets/rate-limits (GET 20, POST wallets 10, other POST 5 a second). */
export function createCircleGates(baseUrl: string): CircleGates {
  const isCircle = new URL(baseUrl).hostname === CIRCLE_HOST;
  const gate = (perSecond: number): RateGate =>
    createRateGate(isCircle ? { perSecond, burst: perSecond } : undefined);
  return { read: gate(20), write: gate(5), createWallets: gate(10) };
}
