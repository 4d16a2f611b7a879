/** Ids that follow from other ids: the same input always gives the same UUID. */
import { createHash } from 'node:crypto';

/** A UUID of version 4 shape (what Circle asks for), derived from the text. */
export function derivedId(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The id of the deposit that a Circle transaction is: one transfer can only ever be one deposit. */
export function depositIdOf(circleTransactionId: string): string {
  return derivedId(`sluice:deposit:${circleTransactionId}`);
}
