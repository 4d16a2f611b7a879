/** Outgoing HTTP requests with a time limit; they never throw, because a webhook's receiver may be down. */
import { Agent, request as httpRequest } from 'node:http';
import { request as httpsRequest, Agent as SecureAgent } from 'node:https';

/** Status 0 means that no answer came. */
export type CallAnswer = { status: number; error?: string };

export type Caller = {
  call(method: string, url: string, headers: Record<string, string>, body: string): Promise<CallAnswer>;
  /** Cuts what is under way and closes the kept-alive connections. */
  close(): void;
};

const TIMEOUT_MS = 10_000;
const LARGEST_PARALLEL = 64;

/** Creates a caller with connections of its own. */
export function createCaller(): Caller {
  const options = { keepAlive: true, maxSockets: LARGEST_PARALLEL, timeout: TIMEOUT_MS };
  const agent = new Agent(options);
  const secureAgent = new SecureAgent(options);
  return {
    call: (method, url, headers, body) =>
      new Promise((resolve) => {
        const failed = (error: unknown): void =>
          resolve({ status: 0, error: error instanceof Error ? error.message : String(error) });
        try {
          const isSecure = url.startsWith('https:');
          const send = isSecure ? httpsRequest : httpRequest;
          const sized = { ...headers, 'content-length': Buffer.byteLength(body).toString() };
          const settings = {
            method,
            agent: isSecure ? secureAgent : agent,
            timeout: TIMEOUT_MS,
            headers: sized,
          };
          const request = send(url, settings, (response) => {
            response.resume();
            response.on('end', () => resolve({ status: response.statusCode ?? 0 }));
            response.on('error', failed);
          });
          request.on('timeout', () => request.destroy(new Error('no answer in time')));
          request.on('error', failed);
          request.end(body);
        } catch (error) {
          failed(error);
        }
      }),
    close() {
      agent.destroy();
      secureAgent.destroy();
    },
  };
}
