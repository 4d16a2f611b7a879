/** Counts round trips to Postgres exactly: a proxy on the wire that reads what the clients send. */
import { createServer, connect as dial, type Socket } from 'node:net';
import { freePort } from '../../scripts/stack/ports.ts';

/** Startup messages have no type byte: length, then a version or a request code. */
const HEADER_BYTES = { startup: 4, usual: 5 } as const;
const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
/** What the programs send by themselves, whether money moves or not: jobs by the clock, sweeps, queues. */
const HOUSEKEEPING = [
  /^select 1$/,
  /event_cursors|event-cursor|open_events|reported\(id\)|sweep/,
  /ledger-checkpoint|seal-chain|reconcil/,
  /treasury|float|provider|schedule|queue|review|outgoing/,
];

export interface RoundTripCounter {
  /** The database's URL by way of the proxy. */
  readonly url: string;
  /** Statements since the last reset in the order sent: the prepared statement's name, or the text's beginning. */
  statements(): readonly string[];
  reset(): void;
  stop(): Promise<void>;
}

/**
 * Listens on a free port and passes everything on to the database of `databaseUrl`. A round trip is a Sync
 * or a simple Query: after either the client waits for ReadyForQuery (PostgreSQL: Frontend/Backend Protocol,
 * "Message Flow").
 */
export async function countRoundTrips(databaseUrl: string): Promise<RoundTripCounter> {
  const target = new URL(databaseUrl);
  const port = await freePort();
  const sockets = new Set<Socket>();
  let statements: string[] = [];
  const server = createServer((client) => {
    const upstream = dial({ host: target.hostname, port: Number(target.port || 5432), noDelay: true });
    client.setNoDelay(true);
    const read = createReader((statement) => statements.push(statement));
    client.on('data', (chunk: Buffer) => {
      read(chunk);
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => client.write(chunk));
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
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    url: url.href,
    statements: () => statements,
    reset: () => {
      statements = [];
    },
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** The statements that lifecycles pay for: all but what the programs send by themselves. */
export function withoutHousekeeping(statements: readonly string[]): readonly string[] {
  return statements.filter((statement) => !HOUSEKEEPING.some((job) => job.test(statement.toLowerCase())));
}

/** Reads one connection's messages, cut anywhere, and reports the statement of each round trip. */
function createReader(report: (statement: string) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let started = false;
  let statement = '';
  const texts = new Map<string, string>();
  const take = (type: string, body: Buffer): void => {
    if (type === 'Q') report(shown(textAt(body, 0)));
    else if (type === 'S') report(statement);
    else if (type === 'P') {
      const name = textAt(body, 0);
      texts.set(name, shown(textAt(body, name.length + 1)));
    } else if (type === 'B') {
      const name = textAt(body, textAt(body, 0).length + 1);
      statement = name === '' ? (texts.get('') ?? '') : name;
    }
  };
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const header = started ? HEADER_BYTES.usual : HEADER_BYTES.startup;
      if (rest.length < header) return;
      const total = rest.readInt32BE(header - 4) + header - 4;
      if (rest.length < total) return;
      const body = rest.subarray(header, total);
      if (started) take(String.fromCharCode(rest[0] ?? 0), body);
      else started = ![SSL_REQUEST, GSS_REQUEST].includes(body.readInt32BE(0));
      rest = rest.subarray(total);
    }
  };
}

function textAt(body: Buffer, from: number): string {
  return body.toString('utf8', from, body.indexOf(0, from));
}

function shown(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 120);
}
