/** A small HTTP load generator: kept connections, a fixed number of requests in flight. */
import http from 'node:http';
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

/** Sends one request. @returns milliseconds until the whole answer was there. @throws when it is no 2xx. */
export function timed(call: HttpCall, agent: http.Agent): Promise<number> {
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
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) resolve(performance.now() - began);
        else reject(new Error(`${call.method} ${call.url}: ${status} ${Buffer.concat(chunks).toString()}`));
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
    while (performance.now() < until) latencies.push(await timed(call, agent));
  };
  await Promise.all(Array.from({ length: concurrency }, one));
  const took = (performance.now() - began) / 1000;
  agent.destroy();
  return { perSecond: latencies.length / took, latency: latencyOf(latencies) };
}
