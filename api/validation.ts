/** Turns what zod found into the error list of a problem, and checks the parts of a request. */
import type { z } from 'zod';
import { type InvalidField, type InvalidIn, ProblemError } from './problem.ts';

/** Most errors listed in one answer; the rest is only counted. */
const MAX_LISTED_ERRORS = 50;

/** A JSON pointer (RFC 6901) to a place in a document. The empty pointer is the whole document. */
function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Text that can be put into an answer: no control characters, at most 80 characters. */
function printable(text: string): string {
  const clean = text.toWellFormed().replace(/\p{Cc}/gu, '�');
  return clean.length > 80 ? `${clean.slice(0, 77)}...` : clean;
}

function fieldsOf(issue: z.core.$ZodIssue, where: InvalidIn): InvalidField[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      in: where,
      pointer: jsonPointer([...issue.path, printable(key)]),
      detail: 'This field is not known here.',
    }));
  }
  const missing = issue.code === 'invalid_type' && issue.input === undefined;
  const detail = missing && issue.path.length > 0 ? 'This field is required.' : sentence(issue.message);
  return [{ in: where, pointer: jsonPointer(issue.path.map((part) => printable(String(part)))), detail }];
}

function sentence(message: string): string {
  const text = printable(message.replace(/^Invalid input: /, ''));
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

/** A value that passed, or the list of what is wrong with it. */
type Checked = { readonly value: unknown } | { readonly errors: readonly InvalidField[] };

/** Checks one part of a request against its schema. */
export function check(schema: z.ZodType, value: unknown, where: InvalidIn): Checked {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return { value: result.data };
  return { errors: result.error.issues.flatMap((issue) => fieldsOf(issue, where)) };
}

/** The problem that lists wrong fields. */
export function validationProblem(errors: readonly InvalidField[]): ProblemError {
  const names = errors.slice(0, 3).map((error) => error.pointer || `the ${error.in}`);
  const more = errors.length > names.length ? ` and ${errors.length - names.length} more` : '';
  return new ProblemError('validation_failed', `Not valid: ${names.join(', ')}${more}.`, {
    errors: errors.slice(0, MAX_LISTED_ERRORS),
  });
}
