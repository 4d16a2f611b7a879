/** A proxy before Postgres that can hold a statement before it arrives, or its answer after it has committed. */
import { createServer, connect as dial, type Socket } from 'node:net';
import { freePort } from '../../scripts/stack/ports.ts';

/** Startup messages have no type byte: length, then a version or a request code. */
const HEADER_BYTES = { startup: 4, usual: 5 } as const;
const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
/** Type byte of the message that runs a prepared statement. */
const BIND = 0x42;
/** ReadyForQuery outside of a transaction: whatever was asked for is committed, or refused. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

export type Moment = 'before' | 'after';

export interface HeldConnections {
  /** The database's URL by way of the proxy. */
  readonly url: string;
  /** Names of the prepared statements that were run since the last call, each once, in order. */
  statements(): string[];
  /** Catches the next statement of that name, whoever sends it: before it is sent, or before its answer is. */
  hold(statement: string, moment: Moment): void;
  /** Names of what is to be held and has not come by yet. */
  free(): string[];
  /** Lets everything go on, and opens every gate. */
  release(): void;
  stop(): Promise<void>;
}

interface Trap {
  readonly statement: string;
  readonly moment: Moment;
  caught: boolean;
  /** A statement hangs here: not sent yet, or committed without an answer. */
  filled: boolean;
  free: () => void;
}

/**
 * Listens on a free port and passes everything on to the database of `databaseUrl`.
 * `nameOf` makes a statement's name from that of the prepared statement and its parameters as text.
 */
export async function holdConnections(
  databaseUrl: string,
  nameOf: (prepared: string, parameters: readonly string[]) => string,
): Promise<HeldConnections> {
  const target = new URL(databaseUrl);
  const port = await freePort();
  const sockets = new Set<Socket>();
  const traps = new Set<Trap>();
  const seen = new Set<string>();
  const take = (statement: string): Trap | undefined => {
    seen.add(statement);
    const trap = [...traps].find((one) => !one.caught && one.statement === statement);
    if (trap) trap.caught = true;
    return trap;
  };
  const server = createServer((client) => {
    const upstream = dial({ host: target.hostname, port: Number(target.port || 5432), noDelay: true });
    client.setNoDelay(true);
    pass(client, upstream, (prepared, parameters) => take(nameOf(prepared, parameters)));
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
  const release = () => {
    for (const trap of traps) trap.free();
    traps.clear();
  };
  return {
    url: url.href,
    statements: () => {
      const names = [...seen];
      seen.clear();
      return names;
    },
    hold: (statement, moment) => {
      traps.add({ statement, moment, caught: false, filled: false, free: () => undefined });
    },
    free: () => [...traps].filter(({ filled }) => !filled).map(({ statement }) => statement),
    release,
    stop: () => {
      release();
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Passes one connection on in both directions, until a statement on it is caught. */
function pass(
  client: Socket,
  upstream: Socket,
  take: (prepared: string, parameters: readonly string[]) => Trap | undefined,
): void {
  const up = heldStream(upstream);
  const down = heldStream(client);
  const caught = (prepared: string, parameters: readonly string[]): void => {
    const trap = take(prepared, parameters);
    if (!trap) return;
    const isBefore = trap.moment === 'before';
    if (isBefore) up.hold();
    else down.hold((last) => (trap.filled ||= last.subarray(-READY.length).equals(READY)));
    trap.filled ||= isBefore;
    trap.free = isBefore ? up.free : down.free;
  };
  const read = messages(caught, (message) => up.write(message));
  client.on('data', read);
  upstream.on('data', (chunk: Buffer) => down.write(chunk));
}

/** A stream to a socket that can be held: what is written meanwhile is sent when it is freed. */
function heldStream(socket: Socket) {
  let kept: Buffer[] | undefined;
  let watch: (chunk: Buffer) => void = () => undefined;
  return {
    write(chunk: Buffer): void {
      if (kept) kept.push(chunk);
      else socket.write(chunk);
      watch(chunk);
    },
    hold(onChunk: (chunk: Buffer) => void = () => undefined): void {
      kept ??= [];
      watch = onChunk;
    },
    free(): void {
      for (const chunk of kept ?? []) if (!socket.destroyed) socket.write(chunk);
      kept = undefined;
      watch = () => undefined;
    },
  };
}

/**
 * Cuts what a client sends into messages. `onBind` hears of each prepared statement right before its Bind
 * message is handed on (PostgreSQL: Frontend/Backend Protocol, "Message Formats").
 */
function messages(
  onBind: (prepared: string, parameters: readonly string[]) => void,
  hand: (message: Buffer) => void,
) {
  let rest: Buffer = Buffer.alloc(0);
  let started = false;
  return (chunk: Buffer): void => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const header = started ? HEADER_BYTES.usual : HEADER_BYTES.startup;
      if (rest.length < header) return;
      const total = rest.readInt32BE(header - 4) + header - 4;
      if (rest.length < total) return;
      const message = rest.subarray(0, total);
      if (started && message[0] === BIND) {
        const { prepared, parameters } = readBind(message);
        if (prepared !== '') onBind(prepared, parameters);
      }
      if (!started) started = ![SSL_REQUEST, GSS_REQUEST].includes(message.readInt32BE(header));
      hand(message);
      rest = rest.subarray(total);
    }
  };
}

/** Portal, statement, format codes, then each parameter behind its length. */
function readBind(message: Buffer): { prepared: string; parameters: string[] } {
  const portal = textAt(message, HEADER_BYTES.usual);
  const from = HEADER_BYTES.usual + portal.length + 1;
  const prepared = textAt(message, from);
  let at = from + prepared.length + 1;
  at += 2 + message.readInt16BE(at) * 2;
  const parameters: string[] = [];
  const count = message.readInt16BE(at);
  at += 2;
  for (let index = 0; index < count; index += 1) {
    const length = message.readInt32BE(at);
    at += 4;
    parameters.push(length < 0 ? '' : message.toString('utf8', at, at + length));
    at += Math.max(length, 0);
  }
  return { prepared, parameters };
}

function textAt(message: Buffer, from: number): string {
  return message.toString('utf8', from, message.indexOf(0, from));
}
