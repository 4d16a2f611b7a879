/**
 * Run as a process beside the one that starts others: when that one is gone, however it ended, this ends
 * what it left behind. It reads one JSON object a line on its standard input, whose end is the sign.
 */
import { createInterface } from 'node:readline';
import { endProcess, fingerprint } from './processes.ts';

const GRACE_MS = 5_000;

interface Entry {
  readonly pid: number;
  /** Tells this process from a later one with the same id. */
  readonly fingerprint: string;
  readonly polite: NodeJS.Signals;
}

const entries = new Map<number, Entry>();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => undefined);

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as Entry | { readonly forget: number };
  if ('forget' in message) entries.delete(message.forget);
  else entries.set(message.pid, message);
}

// The newest first: the programs before the databases under them.
for (const entry of [...entries.values()].reverse()) {
  if (fingerprint(entry.pid) === entry.fingerprint) await endProcess(entry.pid, entry.polite, GRACE_MS);
}
