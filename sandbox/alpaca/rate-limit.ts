/** The per-partner request budget and its headers on every answer. */
import type { Reply } from '../kernel/http.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { problemBody } from './problem.ts';

export interface RateLimit {
  /** Counts one request; the refusal when the minute's budget is spent. */
  spend: () => Reply | undefined;
  headers: () => Record<string, string>;
}

/**
 * A fixed window per minute for the whole partner. Alpaca: 1,000 a minute in older documents, unpublished
 * now; clients are to follow the headers. Switch `alpaca.rate_limit`, size `alpaca.rate_limit_per_minute`;
 * `alpaca.rate_limit_window_ms` makes the minute shorter.
 */
export function createRateLimit(kernel: Kernel): RateLimit {
  const { settings, clock } = kernel;
  settings.define('alpaca.rate_limit', true, false);
  settings.define('alpaca.rate_limit_per_minute', 1_000);
  settings.define('alpaca.rate_limit_window_ms', 60_000);
  const windowMs = (): number => Math.max(1_000, settings.number('alpaca.rate_limit_window_ms'));
  let windowStart = 0;
  let used = 0;
  const roll = (): void => {
    const start = Math.floor(clock.millis() / windowMs()) * windowMs();
    if (start === windowStart) return;
    windowStart = start;
    used = 0;
  };
  return {
    spend() {
      roll();
      used += 1;
      if (!settings.flag('alpaca.rate_limit') || used <= settings.number('alpaca.rate_limit_per_minute')) {
        return undefined;
      }
      const seconds = Math.max(1, Math.ceil((windowStart + windowMs() - clock.millis()) / 1_000));
      return {
        status: 429,
        body: problemBody(429, 'rate limit exceeded'),
        headers: { 'retry-after': String(seconds) },
      };
    },
    headers() {
      roll();
      const limit = settings.number('alpaca.rate_limit_per_minute');
      const remaining = settings.flag('alpaca.rate_limit') ? Math.max(0, limit - used) : limit;
      return {
        'x-ratelimit-limit': String(limit),
        'x-ratelimit-remaining': String(remaining),
        'x-ratelimit-reset': String((windowStart + windowMs()) / 1_000),
      };
    },
  };
}
