/** Budgets of requests per minute: one per user, one per address for strangers, a small one for guessing. */
import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { ipKeyGenerator, MemoryStore } from 'express-rate-limit';
import type { RateLimits } from '../deps.ts';
import { ProblemError } from '../problem.ts';

const WINDOW_MS = 60_000;
const BULK_FACTOR = 20;
/** Policies that are kept as text, so that a caller's key is not hashed for each request. */
const KEPT_POLICIES = 10_000;

/** Counts a request against a budget. @throws {ProblemError} rate_limited. */
type Limiter = (response: Response, key: string) => Promise<void>;

export interface Limiters {
  readonly general: Limiter;
  readonly credentials: Limiter;
  /** For a page of the Temporal Web UI, which asks the codec endpoint once for each payload. */
  readonly bulk: Limiter;
}

function limiter(name: string, perMinute: number): Limiter {
  const store = new MemoryStore();
  store.init({ windowMs: WINDOW_MS } as Parameters<MemoryStore['init']>[0]);
  const policies = new Map<string, string>();
  const policyOf = (key: string): string => {
    const known = policies.get(key);
    if (known !== undefined) return known;
    const policy = `"${name}"; q=${perMinute}; w=${WINDOW_MS / 1000}; pk=:${partitionKey(key)}:`;
    if (policies.size >= KEPT_POLICIES) policies.clear();
    policies.set(key, policy);
    return policy;
  };
  return async (response, key) => {
    const { totalHits, resetTime } = await store.increment(key);
    const resetMs = resetTime === undefined ? WINDOW_MS : resetTime.getTime() - Date.now();
    const seconds = Math.max(0, Math.ceil(resetMs / 1000));
    // draft-ietf-httpapi-ratelimit-headers-08; a request may be counted against two budgets.
    response.appendHeader('RateLimit', `"${name}"; r=${Math.max(0, perMinute - totalHits)}; t=${seconds}`);
    response.appendHeader('RateLimit-Policy', policyOf(key));
    if (totalHits <= perMinute) return;
    const detail = `At most ${perMinute} requests a minute. Wait ${seconds} s.`;
    throw new ProblemError('rate_limited', detail, { retryAfterSeconds: seconds });
  };
}

/** Tells callers apart in the policy header without telling who they are. */
function partitionKey(key: string): string {
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 12);
  return Buffer.from(digest).toString('base64');
}

/** Makes the budgets of one API process. */
export function createLimiters(limits: RateLimits): Limiters {
  return {
    general: limiter('general', limits.perMinute),
    credentials: limiter('credentials', limits.credentialsPerMinute),
    bulk: limiter('bulk', limits.perMinute * BULK_FACTOR),
  };
}

/** What strangers are counted by: the address, for IPv6 its network. */
export function addressKey(request: Request): string {
  return request.ip === undefined ? 'unknown' : ipKeyGenerator(request.ip);
}
