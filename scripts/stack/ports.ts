/** Finds ports on the loopback interface that nobody listens on. */
import { connect, createServer } from 'node:net';

const LOOPBACK = '127.0.0.1';

/** Whether a process could listen on this port of 127.0.0.1 right now. */
async function isPortFree(port: number): Promise<boolean> {
  return (await tryListen(port)) !== undefined;
}

/** A port of 127.0.0.1 that the operating system says is free. */
export async function freePort(): Promise<number> {
  const port = await tryListen(0);
  if (port === undefined) throw new Error('No free port on 127.0.0.1.');
  return port;
}

/**
 * Whether somebody listens on this port of 127.0.0.1; asks by connecting, so it never takes the port
 * itself.
 */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: LOOPBACK });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** The wished port if it is free, else another one; ports in `taken` count as not free. */
export async function portOr(wished: number, taken: ReadonlySet<number> = new Set()): Promise<number> {
  if (!taken.has(wished) && (await isPortFree(wished))) return wished;
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const port = await freePort();
    if (!taken.has(port)) return port;
  }
  throw new Error('No free port on 127.0.0.1.');
}

function tryListen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.unref();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      const address = server.address();
      const found = typeof address === 'object' && address !== null ? address.port : undefined;
      server.close(() => resolve(found));
    });
  });
}
