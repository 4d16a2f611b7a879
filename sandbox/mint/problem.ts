/** Circle Mint's error answers: `{code, message, errors?}`. Circle: circle-mint/error-codes. */
import { Refusal } from '../kernel/http.ts';

export type FieldError = { error: string; location: string; message: string; invalidValue?: unknown };

/** A 400 with code 2 and the fields that are wrong. */
export function invalidEntity(...fields: { location: string; error?: string; value?: unknown }[]): Refusal {
  const errors: FieldError[] = fields.map(({ location, error = 'invalid_value', value }) => ({
    error,
    location,
    message: `${location} ${error === 'required' ? 'may not be null' : 'is not valid'}`,
    ...(value === undefined ? {} : { invalidValue: value }),
  }));
  return new Refusal(400, { code: 2, message: 'Invalid entity.', errors });
}

/** A 404 for a thing that is not there. */
export function notFound(message = 'Resource not found'): Refusal {
  return new Refusal(404, { code: 404, message });
}

/** A 409: the idempotency key belongs to another request. */
export function conflict(): Refusal {
  return new Refusal(409, { code: 409, message: 'Conflicts with another request.' });
}
