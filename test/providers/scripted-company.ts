/** A company on a free local port that answers exactly what a test tells it to. */
import { generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export type Script =
  | { status: number; body?: unknown; headers?: Record<string, string> }
  /** The connection is destroyed when the request has arrived, before or after its "effect". */
  | 'cut'
  | 'hang';

interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface ScriptedCompany {
  readonly url: string;
  /** What came in since the last `play`, key look-ups of the wallets SDK aside. */
  readonly seen: SeenRequest[];
  /** Answers with these, one after the other; the last one stays. */
  play(...scripts: Script[]): void;
  /** How many connections were closed on a request that was left hanging. */
  abandoned(): number;
  stop(): Promise<void>;
}

const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const entityKey = { data: { publicKey: publicKey.export({ type: 'spki', format: 'pem' }) } };

/** Starts one; it answers 404 until it is told what to play. */
export async function startScriptedCompany(): Promise<ScriptedCompany> {
  let scripts: Script[] = [];
  let abandoned = 0;
  const seen: SeenRequest[] = [];
  const server = http.createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const path = request.url ?? '';
    if (path === '/v1/w3s/config/entity/publicKey') {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(entityKey));
      return;
    }
    seen.push({ method: request.method ?? '', path, headers: request.headers, body });
    const script = (scripts.length > 1 ? scripts.shift() : scripts[0]) ?? { status: 404 };
    if (script === 'hang') {
      request.socket.once('close', () => {
        abandoned += 1;
      });
      return;
    }
    if (script === 'cut') {
      request.socket.destroy();
      return;
    }
    const isText = typeof script.body === 'string';
    response.writeHead(script.status, {
      'content-type': isText ? 'text/html' : 'application/json',
      ...script.headers,
    });
    response.end(isText ? script.body : JSON.stringify(script.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    play: (...next) => {
      seen.length = 0;
      scripts = next;
    },
    abandoned: () => abandoned,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The address of a port on which nobody listens. */
export async function closedUrl(): Promise<string> {
  const company = await startScriptedCompany();
  await company.stop();
  return company.url;
}
