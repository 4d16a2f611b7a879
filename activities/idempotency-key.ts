/** Idempotency keys for providers: the same record and step always give the same key. */
import { derivedId } from '../db/derived-id.ts';

/**
 * A UUID of version 4 shape, as Circle asks for, derived from our record's id and the step. The attempt
 * never enters: a repeated attempt must present the same key, or money moves twice.
 */
export function idempotencyKey(recordId: string, step: string): string {
  return derivedId(`sluice:${recordId}:${step}`);
}
