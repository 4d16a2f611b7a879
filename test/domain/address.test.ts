/** Which addresses money can be sent to: form, checksum, and addresses that nobody should pay. */
import { generateKeyPairSync } from 'node:crypto';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { base58 } from '@scure/base';
import fc from 'fast-check';
import { addressKey, checkAddress, checksumEvmAddress } from '../../domain/funding/address-rules.ts';
import { decodeSolanaAddress, isOnCurve } from '../../domain/funding/address-solana.ts';
import { keccak256 } from '../../domain/funding/keccak.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const wrong = (chain: 'ethereum' | 'solana', text: string) => {
  const checked = checkAddress(chain, text);
  return 'wrong' in checked ? checked.wrong : undefined;
};

/** The addresses that EIP-55 itself gives as tests. */
const EIP_55 = [
  '0x52908400098527886E0F7030069857D2E4169EE7',
  '0x8617E340B3D01FA5F11F306F4090FD50E238070D',
  '0xde709f2102306220921060314715629080e2fb77',
  '0x27b1fdb04752bbc536007a920d24acb045561c26',
  '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
  '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
  '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
  '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
];

test('Keccak-256 agrees with an independent implementation on any text', () => {
  expect(keccak256('')).toBe('c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 }), (length) => {
      const text = 'x'.repeat(length);
      expect(keccak256(text)).toBe(hex(keccak_256(Buffer.from(text, 'ascii'))));
    }),
    { numRuns: 60 },
  );
});

test.each(EIP_55)('the checksum of %s is right, and it is taken in either single case', (address) => {
  expect(checksumEvmAddress(address.toLowerCase())).toBe(address);
  for (const text of [address, address.toLowerCase(), `0x${address.slice(2).toUpperCase()}`]) {
    expect(checkAddress('base', text)).toEqual({ address, key: address.toLowerCase(), note: null });
  }
});

test('one changed case in a checksummed address is noticed', () => {
  const address = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
  for (let i = 2; i < address.length; i += 1) {
    const digit = address[i] ?? '';
    const flipped = digit === digit.toLowerCase() ? digit.toUpperCase() : digit.toLowerCase();
    if (flipped === digit) continue;
    const text = address.slice(0, i) + flipped + address.slice(i + 1);
    expect(wrong('ethereum', text)).toBe(
      'The checksum of this address is wrong: at least one character was mistyped.',
    );
  }
});

test.each([
  ['ethereum', '', 'An address on this chain is 0x and 40 hexadecimal digits.'],
  ['ethereum', '0x123', 'An address on this chain is 0x and 40 hexadecimal digits.'],
  ['ethereum', 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v', /0x and 40/],
  ['ethereum', `0x${'0'.repeat(40)}`, 'This is the zero address. What is sent there is lost.'],
  ['ethereum', `0x${'0'.repeat(39)}4`, 'This is a contract of the chain itself, not a wallet.'],
  ['ethereum', '0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48', /This is the USDC contract of Ethereum/],
  ['ethereum', '0x000000000000000000000000000000000000dEaD', /destroys what it receives/],
  ['solana', '0x52908400098527886E0F7030069857D2E4169EE7', /base58 of 32 bytes/],
  ['solana', 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v', /This is the USDC mint of Solana/],
  ['solana', '11111111111111111111111111111111', /system program/],
  ['solana', '1'.repeat(31), /base58 of 32 bytes/],
  ['solana', '1'.repeat(33), /base58 of 32 bytes/],
  ['solana', `${'1'.repeat(30)}0O`, /base58 of 32 bytes/],
] as const)('on %s %j is refused', (chain, text, reason) => {
  expect(wrong(chain, text)).toEqual(typeof reason === 'string' ? reason : expect.stringMatching(reason));
});

test('base58 of 32 bytes is read as an independent implementation reads it, and no other text is', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      expect(decodeSolanaAddress(base58.encode(bytes))).toEqual(Uint8Array.from(bytes));
    }),
  );
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }).filter(({ length }) => length !== 32),
      (bytes) => {
        expect(decodeSolanaAddress(base58.encode(bytes))).toBeUndefined();
      },
    ),
  );
});

test('a public key is on the curve, and about half of all texts of 32 bytes are', () => {
  for (let run = 0; run < 20; run += 1) {
    const { x } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
    const key = Buffer.from(x ?? '', 'base64url');
    expect(isOnCurve(key)).toBe(true);
    expect(checkAddress('solana', base58.encode(key))).toMatchObject({ note: null });
  }
  const hashes = Array.from({ length: 100 }, (_, i) => keccak_256(Buffer.from([i])));
  const points = hashes.filter(isOnCurve).length;
  expect(points).toBeGreaterThan(30);
  expect(points).toBeLessThan(70);
});

/** Solana's own test vectors of program addresses, which are off the curve by construction. */
test.each([
  '3gF2KMe9KiC6FNVBmfg9i267aMPvK37FewCip4eGBFcT',
  '7ytmC1nT1xY4RfxCV2ZgyA7UakC93do5ZdyhdF3EtPj7',
  'HwRVBufQ4haG5XSgpspwKtNd3PC9GM9m1196uJW36vds',
])('the program address %s is taken with a note', (address) => {
  expect(checkAddress('solana', address)).toEqual({ address, key: address, note: 'off_curve' });
});

test('addresses are compared without regard to case on EVM chains only', () => {
  expect(addressKey('0xABC')).toBe('0xabc');
  expect(addressKey('AbC')).toBe('AbC');
});
