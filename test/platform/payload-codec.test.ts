/** What enters a history is ciphertext; keys rotate; nothing altered is believed. */
import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import fc from 'fast-check';
import { createPayloadCodec } from '../../temporal/codec.ts';

const old = randomBytes(32);
const fresh = randomBytes(32);
const before = createPayloadCodec({ keys: new Map([['2025', old]]), activeKeyId: '2025' });
const after = createPayloadCodec({
  keys: new Map([
    ['2025', old],
    ['2026', fresh],
  ]),
  activeKeyId: '2026',
});

async function sealed(value: unknown, codec = after): Promise<Payload> {
  const [payload] = await codec.encode([defaultPayloadConverter.toPayload(value)]);
  if (!payload) throw new Error('nothing was encoded');
  return payload;
}

async function opened(payload: Payload, codec = after): Promise<unknown> {
  const [plain] = await codec.decode([payload]);
  return defaultPayloadConverter.fromPayload(plain as Payload);
}

test('any value comes back as it was, and its text is nowhere in what is stored', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ minLength: 8 }),
      fc.bigInt({ min: 0n, max: 10n ** 15n }),
      async (text, units) => {
        const value = { text, amount: units.toString() };
        const payload = await sealed(value);
        expect(await opened(payload)).toEqual(value);
        expect(Buffer.from(payload.data ?? []).includes(Buffer.from(JSON.stringify(text)))).toBe(false);
      },
    ),
    { numRuns: 200 },
  );
});

test('the same value never looks the same twice', async () => {
  const [one, two] = [await sealed('deposit'), await sealed('deposit')];
  expect(Buffer.from(one.data ?? []).equals(Buffer.from(two.data ?? []))).toBe(false);
});

test('after a rotation old histories stay readable and new ones use the new key', async () => {
  expect(await opened(await sealed('written before', before))).toBe('written before');
  const payload = await sealed('written after');
  expect(Buffer.from(payload.metadata?.['encryption-key-id'] ?? []).toString()).toBe('2026');
  await expect(opened(payload, before)).rejects.toThrow('there is no payload key 2026');
});

test('one changed byte anywhere is refused', async () => {
  const payload = await sealed({ amount: '100.12' });
  const data = Buffer.from(payload.data ?? []);
  for (let index = 0; index < data.length; index += 1) {
    const altered = Buffer.from(data);
    altered.writeUInt8(altered.readUInt8(index) ^ 1, index);
    await expect(opened({ ...payload, data: altered })).rejects.toThrow('altered or is not ours');
  }
});

test('a payload presented under another key’s name is refused', async () => {
  const payload = await sealed('mine', before);
  const renamed = { ...payload, metadata: { ...payload.metadata, 'encryption-key-id': Buffer.from('2026') } };
  await expect(opened(renamed)).rejects.toThrow('altered or is not ours');
});

test('what is cut short is refused, and what is not encrypted passes', async () => {
  const payload = await sealed('short');
  await expect(opened({ ...payload, data: Buffer.from('abc') })).rejects.toThrow('too short');
  const plain = defaultPayloadConverter.toPayload('from before encryption');
  expect(await opened(plain)).toBe('from before encryption');
});
