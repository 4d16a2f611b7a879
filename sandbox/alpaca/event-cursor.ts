/** Reads the time and id parameters of an event stream into bounds on the log. */
import type { EventLog, StreamName } from './event-log.ts';
import { malformed } from './problem.ts';
import { firstUlidAt, isUlid } from './ulid.ts';

export interface Cursor {
  /** Exclusive; undefined = no history, only what happens from now on. */
  afterUlid: string | undefined;
  /** Inclusive; undefined = the stream stays open. */
  throughUlid: string | undefined;
}

const TIMESTAMP = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?$/;

function readTime(name: string, text: string): number {
  const time = TIMESTAMP.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw malformed(`${name} must be an RFC 3339 timestamp or a date`);
  return time;
}

/** The ULID just below another one; as an exclusive bound it makes the other one included. */
function justBelow(ulid: string): string {
  // A string that is shorter sorts before every continuation of it: cut the last character and step down.
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  for (let i = ulid.length - 1; i >= 0; i--) {
    const at = alphabet.indexOf(ulid[i] ?? '0');
    if (at > 0) return ulid.slice(0, i) + alphabet[at - 1] + 'Z'.repeat(ulid.length - i - 1);
  }
  return '';
}

function present(query: URLSearchParams, names: readonly string[]): string[] {
  return names.filter((name) => query.get(name));
}

/**
 * Alpaca: Events API, "Query Params Rules". An id cursor is inclusive: the event it names comes again, so
 * that a reader never misses one and drops what it has seen.
 * @throws {Refusal} 400 for cursors that are mixed, incomplete or unreadable
 */
export function readCursor(log: EventLog, stream: StreamName, query: URLSearchParams): Cursor {
  const since = present(query, ['since', 'since_id', 'since_ulid']);
  const until = present(query, ['until', 'until_id', 'until_ulid']);
  if (since.length > 1) throw malformed(`${since.join(' and ')} can't be used at the same time`);
  if (until.length > 1) throw malformed(`${until.join(' and ')} can't be used at the same time`);
  const from = since[0];
  const to = until[0];
  if (to && from !== to.replace('until', 'since')) {
    throw malformed(`${to.replace('until', 'since')} required if ${to} specified`);
  }
  const idBound = (name: string): string => {
    const text = query.get(name) ?? '';
    if (isUlid(text)) return text;
    if (!/^\d{1,18}$/.test(text) || name.endsWith('_ulid')) throw malformed(`${name} is invalid`);
    return log.ulidOfNumber(stream, Number(text)) ?? 'Z'.repeat(26);
  };
  let afterUlid: string | undefined;
  if (from === 'since') afterUlid = justBelow(firstUlidAt(readTime('since', query.get('since') ?? '')));
  else if (from) afterUlid = justBelow(idBound(from));
  let throughUlid: string | undefined;
  if (to === 'until') throughUlid = justBelow(firstUlidAt(readTime('until', query.get('until') ?? '') + 1));
  else if (to) throughUlid = idBound(to);
  return { afterUlid, throughUlid };
}
