/** One outgoing HTTP request with a time limit; never throws, because a webhook's receiver may be down. */
import { Agent, request as httpRequest } from 'node:http';
import { request as httpsRequest, Agent as SecureAgent } from 'node:https';

/** Status 0 means that no answer came. */
export type PostAnswer = { status: number; error?: string };

const TIMEOUT_MS = 10_000;
const agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: TIMEOUT_MS });
const secureAgent = new SecureAgent({ keepAlive: true, maxSockets: 64, timeout: TIMEOUT_MS });

/** Sends one request and reports the status of its answer. */
export function callOnce(
  method: string,
  url: string,
  headers: Record<string, string>,
  body: string,
): Promise<PostAnswer> {
  return new Promise((resolve) => {
    try {
      const isSecure = url.startsWith('https:');
      const options = {
        method,
        agent: isSecure ? secureAgent : agent,
        timeout: TIMEOUT_MS,
        headers: { ...headers, 'content-length': Buffer.byteLength(body).toString() },
      };
      const call = (isSecure ? httpsRequest : httpRequest)(url, options, (response) => {
        response.resume();
        response.on('end', () => resolve({ status: response.statusCode ?? 0 }));
        response.on('error', (error) => resolve({ status: 0, error: error.message }));
      });
      call.on('timeout', () => call.destroy(new Error('no answer in time')));
      call.on('error', (error) => resolve({ status: 0, error: error.message }));
      call.end(body);
    } catch (error) {
      resolve({ status: 0, error: error instanceof Error ? error.message : String(error) });
    }
  });
}

/** POSTs `body` to `url`. */
export function postOnce(url: string, headers: Record<string, string>, body: string): Promise<PostAnswer> {
  return callOnce('POST', url, headers, body);
}

/** Closes the kept-alive connections. */
export function closeConnections(): void {
  agent.destroy();
  secureAgent.destroy();
}
