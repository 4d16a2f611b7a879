/** The time inside a ULID: a stream cursor can be moved back by it. */

/** Crockford's alphabet, in the order of its digits. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_LENGTH = 10;
const RANDOM_LENGTH = 16;

/** The smallest ULID of a moment (milliseconds since 1970). */
export function firstUlidAt(millis: number): string {
  let rest = Math.max(0, Math.floor(millis));
  let text = '';
  for (let i = 0; i < TIME_LENGTH; i += 1) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text + '0'.repeat(RANDOM_LENGTH);
}

/** Milliseconds since 1970 of a ULID; undefined for a text that is none. */
export function ulidTime(ulid: string): number | undefined {
  if (!/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i.test(ulid)) return undefined;
  let millis = 0;
  for (const character of ulid.slice(0, TIME_LENGTH).toUpperCase()) {
    millis = millis * 32 + ALPHABET.indexOf(character);
  }
  return millis;
}

/** The cursor that lies `seconds` before another one; a cursor that is no ULID stays as it is. */
export function ulidBefore(ulid: string, seconds: number): string {
  const millis = ulidTime(ulid);
  return millis === undefined ? ulid : firstUlidAt(millis - seconds * 1000);
}
