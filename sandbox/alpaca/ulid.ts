/** ULIDs that never step back: the cursor of every event stream sorts as the events happened. */
import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const RANDOM_BITS = 80n;

function encode(value: bigint): string {
  let text = '';
  for (let left = value, i = 0; i < 26; i++, left >>= 5n) text = ALPHABET[Number(left & 31n)] + text;
  return text;
}

function decode(text: string): bigint {
  let value = 0n;
  for (const letter of text) value = (value << 5n) | BigInt(ALPHABET.indexOf(letter));
  return value;
}

/** True for 26 characters of Crockford's base 32, upper case. */
export function isUlid(text: string): boolean {
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text);
}

/** The smallest ULID of an instant: `>=` it means at or after that instant. */
export function firstUlidAt(time: number): string {
  return encode(BigInt(Math.max(0, Math.floor(time))) << RANDOM_BITS);
}

/** The instant inside a ULID, milliseconds since 1970. */
export function ulidTime(ulid: string): number {
  return Number(decode(ulid) >> RANDOM_BITS);
}

/** A generator of strictly growing ULIDs that goes on after `last`, whatever the clock says meanwhile. */
export function ulidGenerator(last: string | undefined): (now: number) => string {
  let previous = last ? decode(last) : 0n;
  return (now) => {
    const fresh = (BigInt(now) << RANDOM_BITS) | (BigInt(`0x${randomBytes(10).toString('hex')}`) >> 1n);
    // Within one millisecond the value is counted on, as the ULID specification's monotonic mode does.
    previous = fresh > previous && fresh >> RANDOM_BITS > previous >> RANDOM_BITS ? fresh : previous + 1n;
    return encode(previous);
  };
}
