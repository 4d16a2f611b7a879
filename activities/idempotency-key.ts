/** Idempotency keys for providers: the same record and step always give the same key. */
import { createHash } from 'node:crypto';

/**
 * A UUID of version 4 shape, as Circle asks for, derived from our record's id and the step. The attempt
 * never enters: a repeated attempt must present the same key, or money moves twice.
 */
export function idempotencyKey(recordId: string, step: string): string {
  return uuidOf(`sluice:${recordId}:${step}`);
}

/** The id of the deposit that a Circle transaction is: one transfer can only ever be one deposit. */
export function depositIdOf(circleTransactionId: string): string {
  return uuidOf(`sluice:deposit:${circleTransactionId}`);
}

function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
