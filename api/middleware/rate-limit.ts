/** Budgets of requests per minute: one per user, one per address for strangers, a small one for guessing. */
import type { Request, Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import type { RateLimits } from '../deps.ts';
import { ProblemError } from '../problem.ts';

const WINDOW_MS = 60_000;
const BULK_FACTOR = 20;

/** Counts a request against a budget. @throws {ProblemError} rate_limited. */
type Limiter = (request: Request, response: Response, key: string) => Promise<void>;

export interface Limiters {
  readonly general: Limiter;
  readonly credentials: Limiter;
  /** For a page of the Temporal Web UI, which asks the codec endpoint once for each payload. */
  readonly bulk: Limiter;
}

const keys = new WeakMap<Request, string>();

function limiter(name: string, perMinute: number): Limiter {
  const middleware = rateLimit({
    windowMs: WINDOW_MS,
    limit: perMinute,
    identifier: name,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: (request) => keys.get(request as Request) ?? 'unknown',
    handler: (_request, response, next) => {
      const seconds = Number(response.getHeader('Retry-After') ?? WINDOW_MS / 1000);
      const detail = `At most ${perMinute} requests a minute. Wait ${seconds} s.`;
      next(new ProblemError('rate_limited', detail, { retryAfterSeconds: seconds }));
    },
    validate: false,
  });
  return (request, response, key) => {
    keys.set(request, key);
    return new Promise((resolve, reject) => {
      const next = (error?: unknown) => (error === undefined ? resolve() : reject(error));
      Promise.resolve(middleware(request, response, next as never)).catch(reject);
    });
  };
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
