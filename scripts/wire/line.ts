/** A line on a free port of its own that leads to a server, so that whoever measures or tests can stand in between. */
import { createServer, connect as dial, type Socket } from 'node:net';
import { freePort } from '../stack/ports.ts';

const LOOPBACK = '127.0.0.1';

/** A line that is open. */
export interface Line {
  readonly port: number;
  /** Breaks every connection; new ones are taken. */
  breakAll(): void;
  stop(): Promise<void>;
}

/** Joins a client's connection with one to the server; `client` and `upstream` are open or about to be. */
export type Join = (client: Socket, upstream: Socket) => void;

/**
 * Listens, and opens a connection to the server for each one that comes. When either side ends or fails, so does the
 * other. Where `isOpen` says no, whoever comes is turned away.
 */
export async function openLine(
  server: { readonly host: string; readonly port: number },
  join: Join,
  isOpen: () => boolean = () => true,
): Promise<Line> {
  const port = await freePort();
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    if (!isOpen()) {
      client.destroy();
      return;
    }
    const upstream = dial({ ...server, noDelay: true });
    client.setNoDelay(true);
    join(client, upstream);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => listener.listen(port, LOOPBACK, resolve));
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    breakAll,
    stop: () => {
      breakAll();
      return new Promise((resolve) => listener.close(() => resolve()));
    },
  };
}

/** The same line as a database's URL. */
export async function openDatabaseLine(
  databaseUrl: string,
  join: Join,
): Promise<Line & { readonly url: string }> {
  const { hostname: host, port } = new URL(databaseUrl);
  const line = await openLine({ host, port: Number(port || 5432) }, join);
  const url = new URL(databaseUrl);
  url.hostname = LOOPBACK;
  url.port = String(line.port);
  return { ...line, url: url.href };
}
