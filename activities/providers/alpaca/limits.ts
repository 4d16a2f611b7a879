/** How long a call to Alpaca may take, and how many may leave in a second. */
import type { CallTimeouts } from '../call.ts';
import { createRateGate, type RateGate } from '../rate.ts';

const ALPACA_HOSTS = new Set(['broker-api.alpaca.markets', 'broker-api.sandbox.alpaca.markets']);

/** A journal may be booked synchronously (JNLC version 2), so writes get longer. */
export const ALPACA_TIMEOUTS: CallTimeouts = { readMs: 10_000, writeMs: 20_000 };

/**
 * Alpaca no longer publishes its limit ("drive from the headers"); the last published one is 1,000 a minute.
 * Other hosts (a local sandbox) speak for themselves by 429.
 */
export function createAlpacaGate(baseUrl: string): RateGate {
  const isAlpaca = ALPACA_HOSTS.has(new URL(baseUrl).hostname);
  return createRateGate(isAlpaca ? { perSecond: 16, burst: 50 } : undefined);
}
