/** The sandbox's control API: sends USDC on chain, funds the firm account. */
import http from 'node:http';

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

export type Control = <Answer = unknown>(method: string, path: string, body?: unknown) => Promise<Answer>;

/** Calls that API. Plain node:http with kept connections, so that the driver takes little of the machine. */
export function controlOf(baseUrl: string): Control {
  return <Answer>(method: string, path: string, body?: unknown) =>
    new Promise<Answer>((resolve, reject) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      const request = http.request(`${baseUrl}${path}`, { method, agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const said = Buffer.concat(chunks).toString('utf8');
          if ((response.statusCode ?? 500) >= 300)
            reject(new Error(`${method} ${path}: ${response.statusCode} ${said}`));
          else resolve((said === '' ? undefined : JSON.parse(said)) as Answer);
        });
      });
      request.on('error', reject);
      request.end(text);
    });
}
