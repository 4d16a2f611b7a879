/** Who calls, and how often: API keys and the rate limits of the W3S API. */
import { timingSafeEqual } from 'node:crypto';
import type { Reply, Route, SandboxRequest } from '../kernel/http.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { CircleKeys } from './credentials.ts';

const isSame = (left: string, right: string): boolean =>
  left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));

/** Requests a second of each class. Circle: wallets/rate-limits. */
const LIMITS: Record<string, number> = { get: 20, wallets: 10, estimate: 10, post: 5 };

function classOf({ method, operation }: Route): string {
  if (method === 'GET') return 'get';
  if (operation === 'circle.createWallets') return 'wallets';
  return operation === 'circle.estimateTransferFee' ? 'estimate' : 'post';
}

/** Counts requests in windows of one second of real time. */
function createLimiter(): (name: string) => boolean {
  const windows = new Map<string, { second: number; count: number }>();
  return (name) => {
    const second = Math.floor(Date.now() / 1_000);
    const window = windows.get(name);
    if (window?.second !== second) {
      windows.set(name, { second, count: 1 });
      return true;
    }
    window.count += 1;
    return window.count <= (LIMITS[name] ?? 5);
  };
}

/** The authentication of the W3S listener. `request.caller` becomes `test` or `live`. */
export function createAuthentication(
  { settings }: Kernel,
  keys: CircleKeys,
): (request: SandboxRequest, route: Route) => Reply | undefined {
  const isWithinLimit = createLimiter();
  return (request, route) => {
    const header = String(request.headers.authorization ?? '');
    if (!header.startsWith('Bearer '))
      return { status: 401, body: { code: 401, message: 'Malformed authorization.' } };
    const key = header.slice('Bearer '.length);
    if (isSame(key, keys.testApiKey)) request.caller = 'test';
    else if (isSame(key, keys.liveApiKey)) request.caller = 'live';
    else return { status: 401, body: { code: 401, message: 'Invalid credentials.' } };
    if (settings.flag('circle.rate_limits') && !isWithinLimit(classOf(route))) {
      return { status: 429, body: { code: 429, message: 'Too many requests.' } };
    }
    return undefined;
  };
}
