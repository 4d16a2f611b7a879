/** The zod fields that every provider's schemas are built from. */
import { z } from 'zod';

/** A positive amount as a plain decimal string, such as "12.50". */
export const positiveAmount = z
  .string()
  .regex(/^\d{1,18}(\.\d{1,18})?$/)
  .refine((amount) => /[1-9]/.test(amount), 'must be more than zero');

/** Any amount that a company reports, negative ones included. */
export const reportedAmount = z.string().regex(/^-?\d+(\.\d+)?$/);

/** Circle takes only keys of the shape of UUID version 4 (W3S and Mint OpenAPI). */
export const idempotencyKey = z.uuidv4();

/** An identifier that goes into a URL path: one segment, nothing that could climb out of it. */
export const pathId = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/);

/** An instant in RFC 3339. */
export const instant = z.iso.datetime({ offset: true });

/** Fields that companies leave out or send as null. */
export const maybeText = z.string().nullish();
