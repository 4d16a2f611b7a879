/** A small HTTP load generator: kept connections, a fixed number of requests in flight. */
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Latency, latencyOf } from './statistics.ts';

export interface HttpCall {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The body as it is sent, in place of `body`. */
  readonly text?: string;
}

export interface HttpLoad {
  readonly perSecond: number;
  /** In milliseconds. */
  readonly latency: Latency;
}

/** One answer and how long it took until all of it was there. */
export interface Answer {
  readonly milliseconds: number;
  readonly text: string;
}

/** An answer that is no 2xx. */
class Rejected extends Error {
  readonly status: number;
  constructor(call: HttpCall, status: number, said: string) {
    super(`${call.method} ${call.url}: ${status} ${said}`);
    this.status = status;
  }
}

const BE_BACK = [409, 503];
const TRIES = 480;
const PAUSE_MS = 250;

/**
 * Sends a write as a careful app does: told that it takes longer, it asks again with the same idempotency key.
 * The time runs until there is an answer. @throws when there is none, or another one.
 */
export async function answered(call: HttpCall, agent: http.Agent): Promise<Answer> {
  const began = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { text } = await timed(call, agent);
      return { text, milliseconds: performance.now() - began };
    } catch (error) {
      const isBusy = error instanceof Rejected && BE_BACK.includes(error.status);
      if (!isBusy || attempt === TRIES) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** Sends one request. @throws {Rejected} when the answer is no 2xx. */
export function timed(call: HttpCall, agent: http.Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const text = call.text ?? (call.body === undefined ? undefined : JSON.stringify(call.body));
    const headers = {
      ...(text !== undefined && {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(text)),
      }),
      ...call.headers,
    };
    const began = performance.now();
    const request = http.request(call.url, { method: call.method, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const milliseconds = performance.now() - began;
        const status = response.statusCode ?? 0;
        const said = Buffer.concat(chunks).toString();
        if (status >= 200 && status < 300) resolve({ milliseconds, text: said });
        else reject(new Rejected(call, status, said));
      });
    });
    request.on('error', reject);
    request.end(text);
  });
}

/** Repeats the call for that long, `concurrency` at a time. */
export async function load(call: HttpCall, concurrency: number, seconds: number): Promise<HttpLoad> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: concurrency });
  const latencies: number[] = [];
  const began = performance.now();
  const until = began + seconds * 1000;
  const one = async (): Promise<void> => {
    while (performance.now() < until) latencies.push((await timed(call, agent)).milliseconds);
  };
  await Promise.all(Array.from({ length: concurrency }, one));
  const took = (performance.now() - began) / 1000;
  agent.destroy();
  return { perSecond: latencies.length / took, latency: latencyOf(latencies) };
}
