/** A proxy before Postgres that can hold a statement before it arrives, or its answer after it has committed. */
import type { Socket } from 'node:net';
import { openDatabaseLine } from '../../scripts/wire/line.ts';
import {
  type ClientMessage,
  clientMessages,
  readBind,
  readParse,
  textAt,
} from '../../scripts/wire/postgres-messages.ts';

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
  const line = await openDatabaseLine(databaseUrl, (client, upstream) => pass(client, upstream, take));
  const release = () => {
    for (const trap of traps) trap.free();
    traps.clear();
  };
  return {
    url: line.url,
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
      return line.stop();
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
  const read = statementsOf(caught);
  client.on(
    'data',
    clientMessages((message) => {
      read(message);
      up.write(message.whole);
    }),
  );
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

/** Hears of each statement right before the message that runs it is handed on. */
function statementsOf(onStatement: (statement: Statement) => void): (message: ClientMessage) => void {
  const texts = new Map<string, string>();
  return ({ type, body }) => {
    if (type === 'P') {
      const { prepared, text } = readParse(body);
      texts.set(prepared, text);
    } else if (type === 'B') {
      const { prepared, parameters } = readBind(body);
      onStatement({ prepared, parameters, text: texts.get(prepared) ?? '' });
    } else if (type === 'Q') {
      onStatement({ prepared: '', parameters: [], text: textAt(body, 0) });
    }
  };
}
