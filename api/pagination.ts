/** Pages of a list: `?limit&cursor` in, `{data, next_cursor}` out. A cursor is opaque and checked. */
import { z } from 'zod';
import type { PageRequest } from '../db/page.ts';
import { ProblemError } from './problem.ts';

const DEFAULT_PAGE_SIZE = 25;
const MAX_PAGE_SIZE = 100;

const CURSOR_FORM = /^[A-Za-z0-9_-]{1,400}$/;

const limit = z
  .string()
  .regex(/^\d{1,3}$/, { error: `is not a whole number from 1 to ${MAX_PAGE_SIZE}`, abort: true })
  .transform(Number)
  .refine((value) => value >= 1 && value <= MAX_PAGE_SIZE, {
    error: `is not a whole number from 1 to ${MAX_PAGE_SIZE}`,
  })
  .default(DEFAULT_PAGE_SIZE)
  .meta({ description: `How many, 1 to ${MAX_PAGE_SIZE}. Default ${DEFAULT_PAGE_SIZE}.` });

const cursor = z
  .string()
  .regex(CURSOR_FORM, { error: 'is not a cursor of this API' })
  .optional()
  .meta({ description: '`next_cursor` of the page before.' });

/** Query fields of every list. */
export const pageQuery = { limit, cursor };

/** The answer of a list. */
export function page<T extends z.ZodType>(item: T) {
  return z.strictObject({
    data: z.array(item),
    next_cursor: z.string().nullable().describe('Cursor of the next page; null on the last one.'),
  });
}

/** A place in a list ordered by time, newest first; the id decides between equal times. */
interface Position {
  /** RFC 3339 with microseconds, as the database prints it. */
  readonly at: string;
  readonly id: string;
}

/** True for a day that the calendar has: Date.parse takes the 30th of February. */
function isRealTime(at: string): boolean {
  const milliseconds = Date.parse(at);
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().slice(0, 19) === at.slice(0, 19);
}

const positionSchema = z.tuple([
  z
    .string()
    .regex(/^2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    .refine(isRealTime),
  z.string().regex(/^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{1,18})$/),
]);

/**
 * Reads a cursor.
 * @throws {ProblemError} validation_failed when the text is not a cursor that this API made.
 */
export function readCursor(
  text: string | undefined,
  idForm: 'uuid' | 'number' = 'uuid',
): Position | undefined {
  if (text === undefined) return undefined;
  const parsed = positionSchema.safeParse(decode(text));
  if (!parsed.success || (parsed.data[1].includes('-') ? 'uuid' : 'number') !== idForm) {
    throw new ProblemError('validation_failed', 'Not valid: /cursor.', {
      errors: [{ in: 'query', pointer: '/cursor', detail: 'This is not a cursor of this list.' }],
    });
  }
  return { at: parsed.data[0], id: parsed.data[1] };
}

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

/** What a query needs to read one page: its place, and one row more than shown. */
export function pageRequest(
  query: { readonly limit: number; readonly cursor?: string | undefined },
  idForm: 'uuid' | 'number' = 'uuid',
): PageRequest {
  const position = readCursor(query.cursor, idForm);
  return { at: position?.at ?? null, id: position?.id ?? null, limit: query.limit + 1 };
}

/** The cursor of a place. */
function writeCursor(position: Position): string {
  return Buffer.from(JSON.stringify([position.at, position.id])).toString('base64url');
}

/** Cuts one row more than asked for into a page with its cursor. Rows carry their place as `cursor_at` and `id`. */
export function pageOf<Row extends { id: string; cursor_at: string }, Item>(
  rows: readonly Row[],
  size: number,
  present: (row: Row) => Item,
): { data: Item[]; next_cursor: string | null } {
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  const more = rows.length > size && last !== undefined;
  return {
    data: shown.map(present),
    next_cursor: more ? writeCursor({ at: last.cursor_at, id: last.id }) : null,
  };
}
