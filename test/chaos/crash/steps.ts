/** Names of the statements that worker and API send: one for each step, so that each can be stopped at. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Statement } from '../../support/held-connections.ts';

const FUNCTIONS = path.join(import.meta.dirname, '..', '..', '..', 'db', 'functions');

/** Every function that db/functions declares. */
export const SQL_FUNCTIONS: ReadonlySet<string> = new Set(
  readdirSync(FUNCTIONS)
    .filter((file) => file.endsWith('.sql'))
    .flatMap((file) => [
      ...readFileSync(path.join(FUNCTIONS, file), 'utf8').matchAll(/create or replace function (\w+)/g),
    ])
    .map(([, name]) => name ?? ''),
);

/** What is no step of any work: looking around without an end, and the frame of a transaction. */
const NO_STEPS: ReadonlyMap<string, string> = new Map([
  ['outgoing-webhooks-unannounced', 'the one dispatcher looks for new deliveries again and again'],
  ['outgoing-webhooks-forget', 'the dispatcher throws away what is old'],
  ['finish_event', 'by chance a word on the way comes when its deposit has ended, and is marked'],
  ['idempotency-expire', 'each API throws away keys that are old, now and then'],
  ['begin', 'a transaction without a statement has nothing to lose'],
  ['set', 'holds for one transaction'],
  ['rollback', 'what a transaction without a commit comes to anyway'],
  ['select 1', 'asks whether the database is there'],
]);

/** The step that a statement is; undefined when it is none. */
export function stepOf({ prepared, text, parameters }: Statement): string | undefined {
  const called = functionIn(text);
  const name = called ? [called, ...wordsOf(called, parameters)].join(' ') : prepared || plainName(text);
  return NO_STEPS.has(name) ? undefined : name;
}

/** The first function of ours that a statement calls. */
function functionIn(text: string): string | undefined {
  return [...text.matchAll(/\b(\w+)\(/g)]
    .map(([, name]) => name ?? '')
    .find((name) => SQL_FUNCTIONS.has(name));
}

/** Functions that take several events, reports or notes are told apart by them. */
function wordsOf(called: string, parameters: readonly string[]): string[] {
  const [first = '', second = ''] = parameters;
  if (/_event$/.test(called)) return second === '' ? [] : [second];
  if (called === 'transition') return [first, parameters[2] ?? ''];
  if (called === 'seal_chain') return [first];
  const word = (field: string, from: string) =>
    new RegExp(`"${field}":"([a-z_]+)"`).exec(from)?.slice(1) ?? [];
  if (called.endsWith('_step')) return word('event', second);
  if (called.endsWith('_note')) return word('reason', second);
  return called.startsWith('receive_') && first.startsWith('{') ? word('state', first) : [];
}

/** What a statement without a name changes, or reads. */
function plainName(text: string): string {
  const change = /\b(insert into|update|delete from)\s+([a-z_]+)/.exec(text);
  if (change) return `${change[1]} ${change[2]}`;
  const verb = /^\s*(begin|commit|rollback|set)\b/.exec(text)?.[1];
  if (verb) return verb;
  const table = /\bfrom\s+([a-z_]+)/.exec(text)?.[1];
  return table ? `select from ${table}` : text.trim();
}
