/** Counts round trips to Postgres exactly: a proxy on the wire that reads what the clients send. */

import { openDatabaseLine } from '../../scripts/wire/line.ts';
import { clientMessages, readBind, readParse, textAt } from '../../scripts/wire/postgres-messages.ts';

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
  let statements: string[] = [];
  const line = await openDatabaseLine(databaseUrl, (client, upstream) => {
    const read = createReader((statement) => statements.push(statement));
    client.on('data', (chunk: Buffer) => {
      read(chunk);
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => client.write(chunk));
  });
  return {
    url: line.url,
    statements: () => statements,
    reset: () => {
      statements = [];
    },
    stop: line.stop,
  };
}

/** The statements that lifecycles pay for: all but what the programs send by themselves. */
export function withoutHousekeeping(statements: readonly string[]): readonly string[] {
  return statements.filter((statement) => !HOUSEKEEPING.some((job) => job.test(statement.toLowerCase())));
}

/** Reads one connection's messages, cut anywhere, and reports the statement of each round trip. */
function createReader(report: (statement: string) => void): (chunk: Buffer) => void {
  let statement = '';
  const texts = new Map<string, string>();
  return clientMessages(({ type, body }) => {
    if (type === 'Q') report(shown(textAt(body, 0)));
    else if (type === 'S') report(statement);
    else if (type === 'P') {
      const { prepared, text } = readParse(body);
      texts.set(prepared, shown(text));
    } else if (type === 'B') {
      const { prepared } = readBind(body);
      statement = prepared === '' ? (texts.get('') ?? '') : prepared;
    }
  });
}

function shown(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 120);
}
