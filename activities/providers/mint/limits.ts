/** How long a call to Circle Mint may take, and how many may leave in a second. */
import type { CallTimeouts } from '../call.ts';
import { createRateGate, type RateGate } from '../rate.ts';

const MINT_HOSTS = new Set(['api.circle.com', 'api-sandbox.circle.com']);

export const MINT_TIMEOUTS: CallTimeouts = { readMs: 10_000, writeMs: 20_000 };

/**
 * Circle documents no general limit for Mint. Ten requests a second is our own courtesy, half of what its sister
 * API allows for reads; other hosts (a local sandbox) speak for themselves by 429.
 */
export function createMintGate(baseUrl: string): RateGate {
  return createRateGate(MINT_HOSTS.has(new URL(baseUrl).hostname) ? { perSecond: 10, burst: 20 } : undefined);
}
