/** The two doors of the demo: the API, as an app calls it, and the sandbox's control API, which is the world. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DemoError } from './demo-error.ts';
import type { DemoRuntime } from './runtime.ts';

const ANSWER_MS = 30_000;
const LOOK_EVERY_MS = 200;

export interface DemoWorld {
  readonly runtime: DemoRuntime;
  /** Calls the API; a write gets a fresh Idempotency-Key. Fails on anything but a 2xx. */
  api<Answer>(
    method: string,
    path: string,
    call?: { token?: string; stepUp?: string; body?: unknown },
  ): Promise<Answer>;
  /** Calls the sandbox's control API. */
  sandbox<Answer>(method: string, path: string, body?: unknown): Promise<Answer>;
}

/** Connects to a running stack. */
export function connect(runtime: DemoRuntime): DemoWorld {
  return {
    runtime,
    api: (method, path, { token, stepUp, body } = {}) =>
      send(`${runtime.api}${path}`, method, body, {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(stepUp === undefined ? {} : { 'step-up-token': stepUp }),
        ...(method === 'GET' ? {} : { 'idempotency-key': randomUUID() }),
      }),
    sandbox: (method, path, body) => send(`${runtime.sandbox}${path}`, method, body, {}),
  };
}

async function send<Answer>(
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch((error: Error) => {
    throw new DemoError(
      `Nobody answers at ${new URL(url).origin} (${reasonOf(error)}). Is \`npm start\` still running?`,
    );
  });
  const text = await response.text();
  if (!response.ok)
    throw new DemoError(`${method} ${new URL(url).pathname} answered ${sentenceOf(response, text)}`);
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
}

/** The connection's own reason, which fetch hides in the cause. */
function reasonOf(error: Error): string {
  const cause = error.cause as { code?: string } | undefined;
  return cause?.code ?? error.message;
}

/** The problem's detail where there is one, with the id under which the logs know the request. */
function sentenceOf(response: Response, text: string): string {
  const id = response.headers.get('x-request-id');
  try {
    const { code, detail, title } = JSON.parse(text) as Record<string, string | undefined>;
    if (code !== undefined) return `${response.status} ${code}: ${detail ?? title} (request ${id})`;
  } catch {
    // Not JSON: the text itself is all there is.
  }
  return `${response.status}: ${text.slice(0, 300)}`;
}

/**
 * Asks again and again until there is an answer.
 *
 * @param look answers undefined as long as it is too early.
 * @throws {DemoError} after `limitSeconds`, saying what was waited for.
 */
export async function until<Found>(
  what: string,
  limitSeconds: number,
  look: () => Promise<Found | undefined>,
): Promise<Found> {
  const deadline = performance.now() + limitSeconds * 1_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) {
      throw new DemoError(
        `Waited ${limitSeconds} s for this, in vain: ${what}. The logs are in .local/logs.`,
      );
    }
    await pause(LOOK_EVERY_MS);
  }
}
