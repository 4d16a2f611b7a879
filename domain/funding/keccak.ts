/** Keccak-256 as Ethereum uses it (the padding is that of the competition, not of FIPS 202). Needed for EIP-55. */

const LANES = 25;
const RATE_BYTES = 136;
const MASK = (1n << 64n) - 1n;

/** Round constants and rotations: Keccak reference 3.0, sections 1.2 (iota, rho) in the order of the pi walk. */
const ROUND_CONSTANTS = roundConstants();
const ROTATIONS = [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];
const WALK = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];

/** The constants come from a linear feedback register over x^8 + x^6 + x^5 + x^4 + 1. */
function roundConstants(): bigint[] {
  let register = 1;
  const nextBit = (): number => {
    const bit = register & 1;
    register = register & 0x80 ? (register << 1) ^ 0x171 : register << 1;
    return bit;
  };
  return Array.from({ length: 24 }, () => {
    let constant = 0n;
    for (let j = 0; j <= 6; j += 1) if (nextBit()) constant |= 1n << BigInt(2 ** j - 1);
    return constant;
  });
}

function rotate(lane: bigint, by: number): bigint {
  const left = BigInt(by);
  return ((lane << left) | (lane >> (64n - left))) & MASK;
}

function permute(state: bigint[]): void {
  const lane = (index: number): bigint => state[index] ?? 0n;
  for (const constant of ROUND_CONSTANTS) {
    const columns = [0, 1, 2, 3, 4].map((x) =>
      [0, 5, 10, 15, 20].reduce((parity, y) => parity ^ lane(x + y), 0n),
    );
    for (let i = 0; i < LANES; i += 1) {
      const x = i % 5;
      state[i] = lane(i) ^ (columns[(x + 4) % 5] ?? 0n) ^ rotate(columns[(x + 1) % 5] ?? 0n, 1);
    }
    let carried = lane(1);
    WALK.forEach((place, step) => {
      const next = lane(place);
      state[place] = rotate(carried, ROTATIONS[step] ?? 0);
      carried = next;
    });
    for (let y = 0; y < LANES; y += 5) {
      const row = [0, 1, 2, 3, 4].map((x) => lane(y + x));
      row.forEach((word, x) => {
        state[y + x] = word ^ (~(row[(x + 1) % 5] ?? 0n) & MASK & (row[(x + 2) % 5] ?? 0n));
      });
    }
    state[0] = lane(0) ^ constant;
  }
}

/** The digest of a text of ASCII characters, as 64 hexadecimal digits. */
export function keccak256(ascii: string): string {
  const blocks = Math.floor(ascii.length / RATE_BYTES) + 1;
  const bytes = new Uint8Array(blocks * RATE_BYTES);
  for (let i = 0; i < ascii.length; i += 1) bytes[i] = ascii.charCodeAt(i);
  bytes[ascii.length] = 0x01;
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) | 0x80;
  const state = Array.from({ length: LANES }, () => 0n);
  for (let block = 0; block < bytes.length; block += RATE_BYTES) {
    for (let i = 0; i < RATE_BYTES; i += 1) {
      const lane = Math.floor(i / 8);
      state[lane] = (state[lane] ?? 0n) ^ (BigInt(bytes[block + i] ?? 0) << BigInt(8 * (i % 8)));
    }
    permute(state);
  }
  const digits = (lane: bigint): string =>
    Array.from({ length: 8 }, (_, i) =>
      Number((lane >> BigInt(8 * i)) & 0xffn)
        .toString(16)
        .padStart(2, '0'),
    ).join('');
  return state.slice(0, 4).map(digits).join('');
}
