/** A proxy before Postgres that can hold a statement before it arrives, or its answer after it has committed. */
import { createServer, connect as dial, type Socket } from 'node:net';
import { freePort } from '../../scripts/stack/ports.ts';

/** Startup messages have no type byte: length, then a version or a request code. */
const HEADER_BYTES = { startup: 4, usual: 5 } as const;
const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
/** Type bytes: a text that is prepared, one that is run with parameters, one that is run as it is. */
const PARSE = 0x50;
const BIND = 0x42;
const QUERY = 0x51;
/** ReadyForQuery, all but its last byte: what was asked for is done, or refused. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5]);

export type Moment = 'before' | 'after';

/** What a client asks the database to run. */
export interface Statement {
  /** Under which name it was prepared; empty for none. */
  readonly prepared: string;
  readonly text: string;
  /** As text. */
  readonly parameters: readonly string[];
}

/** Something that hangs. */
export interface Hanging {
  readonly step: string;
  readonly moment: Moment;
  readonly forMs: number;
}

export interface HeldConnections {
  /** The database's URL by way of the proxy. */
  readonly url: string;
  /** Names of the statements that were run since the last call, each once, in order. */
  statements(): string[];
  /** Catches the next statement of that name, whoever sends it: before it is sent, or before its answer is. */
  hold(statement: string, moment: Moment): void;
  /** What hangs now, and for how long. */
  hanging(): Hanging[];
  /** Nothing more is caught; what hangs goes on hanging. */
  disarm(): void;
  /** Lets everything go on, and nothing more is caught. */
  release(): void;
  stop(): Promise<void>;
}

interface Trap {
  readonly statement: string;
  readonly moment: Moment;
  caught: boolean;
  /** A statement hangs here: not sent yet, or committed without an answer. */
  filled: boolean;
  /** When it came by. */
  since: number;
  free: () => void;
}

/**
 * Listens on a free port and passes everything on to the database of `databaseUrl`.
 * `nameOf` names statements; what it does not name passes unseen.
 */
export async function holdConnections(
  databaseUrl: string,
  nameOf: (statement: Statement) => string | undefined,
): Promise<HeldConnections> {
  const target = new URL(databaseUrl);
  const port = await freePort();
  const sockets = new Set<Socket>();
  const traps = new Set<Trap>();
  const seen = new Set<string>();
  const take = (asked: Statement): Trap | undefined => {
    const statement = nameOf(asked);
    if (statement === undefined) return undefined;
    seen.add(statement);
    const trap = [...traps].find((one) => !one.caught && one.statement === statement);
    if (trap) Object.assign(trap, { caught: true, since: Date.now() });
    return trap;
  };
  const server = createServer((client) => {
    const upstream = dial({ host: target.hostname, port: Number(target.port || 5432), noDelay: true });
    client.setNoDelay(true);
    pass(client, upstream, take);
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
      traps.add({ statement, moment, caught: false, filled: false, since: 0, free: () => undefined });
    },
    hanging: () =>
      [...traps]
        .filter(({ filled }) => filled)
        .map(({ statement, moment, since }) => ({ step: statement, moment, forMs: Date.now() - since })),
    disarm: () => {
      for (const trap of traps) if (!trap.caught) traps.delete(trap);
    },
    release,
    stop: () => {
      release();
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Passes one connection on in both directions, until a statement on it is caught. */
function pass(client: Socket, upstream: Socket, take: (statement: Statement) => Trap | undefined): void {
  const up = heldStream(upstream);
  const down = heldStream(client);
  const caught = (statement: Statement): void => {
    const trap = take(statement);
    if (!trap) return;
    const isBefore = trap.moment === 'before';
    if (isBefore) up.hold();
    else down.hold((last) => (trap.filled ||= last.subarray(-READY.length - 1, -1).equals(READY)));
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
 * Cuts what a client sends into messages. `onStatement` hears of each statement right before the message that runs
 * it is handed on (PostgreSQL: Frontend/Backend Protocol, "Message Formats").
 */
function messages(onStatement: (statement: Statement) => void, hand: (message: Buffer) => void) {
  const texts = new Map<string, string>();
  let rest: Buffer = Buffer.alloc(0);
  let started = false;
  const read = (message: Buffer): void => {
    const [type] = message;
    if (type === PARSE) {
      const prepared = textAt(message, HEADER_BYTES.usual);
      texts.set(prepared, textAt(message, HEADER_BYTES.usual + Buffer.byteLength(prepared) + 1));
    } else if (type === BIND) {
      const { prepared, parameters } = readBind(message);
      onStatement({ prepared, parameters, text: texts.get(prepared) ?? '' });
    } else if (type === QUERY) {
      onStatement({ prepared: '', parameters: [], text: textAt(message, HEADER_BYTES.usual) });
    }
  };
  return (chunk: Buffer): void => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const header = started ? HEADER_BYTES.usual : HEADER_BYTES.startup;
      if (rest.length < header) return;
      const total = rest.readInt32BE(header - 4) + header - 4;
      if (rest.length < total) return;
      const message = rest.subarray(0, total);
      if (started) read(message);
      else started = ![SSL_REQUEST, GSS_REQUEST].includes(message.readInt32BE(header));
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
