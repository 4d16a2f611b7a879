/** Solana addresses: base58 of 32 bytes, and whether the bytes are a point of ed25519. */

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const ADDRESS_BYTES = 32;
/** Of 32 bytes; a longer text is refused before it is read. */
const LONGEST_TEXT = 44;

/** The field of ed25519 and the constant of its curve: RFC 8032, section 5.1. */
const PRIME = 2n ** 255n - 19n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/** The 32 bytes of an address; undefined when the text is no base58 of just 32 bytes. */
export function decodeSolanaAddress(text: string): Uint8Array | undefined {
  if (text.length === 0 || text.length > LONGEST_TEXT) return undefined;
  let value = 0n;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return undefined;
    value = value * 58n + BigInt(digit);
  }
  // Each leading 1 is a zero byte; the rest is the number without leading zeros.
  const zeros = text.length - text.replace(/^1+/, '').length;
  const digits = value === 0n ? '' : value.toString(16);
  const hex = digits.length % 2 === 0 ? digits : `0${digits}`;
  if (zeros + hex.length / 2 !== ADDRESS_BYTES) return undefined;
  const padded = hex.padStart(2 * ADDRESS_BYTES, '0');
  return Uint8Array.from({ length: ADDRESS_BYTES }, (_, i) =>
    Number.parseInt(padded.slice(2 * i, 2 * i + 2), 16),
  );
}

/**
 * Whether the bytes are a point of the curve, and so can be somebody's public key. Addresses off the curve
 * belong to programs (token accounts, vaults): nobody signs for them, so what is sent there may be stuck.
 */
export function isOnCurve(bytes: Uint8Array): boolean {
  let y = 0n;
  for (let i = ADDRESS_BYTES - 1; i >= 0; i -= 1) y = (y << 8n) | BigInt(bytes[i] ?? 0);
  const sign = y >> 255n;
  y &= 2n ** 255n - 1n;
  if (y >= PRIME) return false;
  const squared = (y * y) % PRIME;
  // x^2 = (y^2 - 1) / (d y^2 + 1); a point exists when that has a square root (Euler's criterion).
  const numerator = (squared - 1n + PRIME) % PRIME;
  const denominator = (D * squared + 1n) % PRIME;
  const x2 = (numerator * power(denominator, PRIME - 2n)) % PRIME;
  if (x2 === 0n) return sign === 0n;
  return power(x2, (PRIME - 1n) / 2n) === 1n;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % PRIME;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % PRIME;
    square = (square * square) % PRIME;
  }
  return result;
}
