/** What somebody without the key can make of genuine deliveries, chosen by a seed. */
import type { Random } from '../../chaos/random.ts';

/** A delivery of Circle's wallets, as its verifier takes it. */
export interface CircleDelivery {
  readonly rawBody: Buffer;
  readonly signature: string;
  readonly keyId: string;
}

/** The order of the curve P-256: added to a half of a signature it names the same number to careless code. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** Changes bytes: one other, some cut off, some added, two swapped. */
function changedBytes(random: Random, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const at = random.integer(0, Math.max(0, copy.length - 1));
  switch (random.integer(0, 4)) {
    case 0:
      copy[at] = ((copy[at] ?? 0) + random.integer(1, 255)) % 256;
      return copy;
    case 1:
      return copy.subarray(0, at);
    case 2:
      return Buffer.concat([copy, Buffer.from(random.pick([' ', '\n', '=', '\0', '{}', 'A']))]);
    case 3:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1)]);
    default: {
      const other = random.integer(0, Math.max(0, copy.length - 1));
      [copy[at], copy[other]] = [copy[other] ?? 0, copy[at] ?? 0];
      return copy;
    }
  }
}

const changedText = (random: Random, text: string) =>
  changedBytes(random, Buffer.from(text, 'latin1')).toString('latin1');

/** Money, state and owner are what a thief would change. */
function changedMeaning(random: Random, text: string): string {
  const change = random.pick<(text: string) => string>([
    (body) => body.replace(/"amounts":\["[^"]*"/, `"amounts":["${random.integer(1, 10 ** 9)}"`),
    (body) => body.replace(/"state":"[A-Z]+"/, '"state":"COMPLETE"'),
    (body) => body.replace(/"walletId":"./, `"walletId":"${random.integer(0, 9)}`),
    (body) => body.replace(/"notificationId":"./, `"notificationId":"${random.integer(0, 9)}`),
    (body) => body.replace(/}$/, `,"notificationId":"again-${random.integer(1, 10 ** 6)}"}`),
    (body) => `\uFEFF${body}`,
    (body) => JSON.stringify(JSON.parse(body), null, random.integer(1, 4)),
  ]);
  return change(text);
}

const derInteger = (value: bigint): Buffer => {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const body = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([2, body.length]), body]);
};

/** The two numbers of an ECDSA signature in DER. */
function numbersOf(signature: string): [bigint, bigint] {
  const bytes = Buffer.from(signature, 'base64');
  const length = bytes[3] ?? 0;
  const number = (part: Buffer) => BigInt(`0x${part.toString('hex')}`);
  return [number(bytes.subarray(4, 4 + length)), number(bytes.subarray(6 + length))];
}

/** An ECDSA signature of two numbers, as DER in base64. */
function signatureOf(r: bigint, s: bigint): string {
  const body = Buffer.concat([derInteger(r), derInteger(s)]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]).toString('base64');
}

/** The other signature that ECDSA admits for the same bytes; anybody can compute it. */
export function twinOf(signature: string): string {
  const [r, s] = numbersOf(signature);
  return signatureOf(r, ORDER - s);
}

function changedSignature(random: Random, signature: string): string {
  const [r, s] = numbersOf(signature);
  switch (random.integer(0, 7)) {
    case 0:
      return signatureOf(random.pick([0n, 1n, r, ORDER]), random.pick([0n, 1n, ORDER]));
    case 1:
      return random.pick([signatureOf(r + ORDER, s), signatureOf(r, s + ORDER)]);
    case 2:
      return signature.replace(/=+$/, random.pick(['', '===', '= ']));
    case 3:
      return `${random.pick([' ', '\t', 'sha256='])}${signature}`;
    case 4:
      return Buffer.concat([Buffer.from(signature, 'base64'), Buffer.from([0])]).toString('base64');
    case 5:
      return Buffer.from(
        `${r.toString(16).padStart(64, '0')}${s.toString(16).padStart(64, '0')}`,
        'hex',
      ).toString('base64');
    case 6:
      return signature.toLowerCase();
    default:
      return changedText(random, signature);
  }
}

/** One forged delivery of Circle, made of genuine ones: never byte for byte one of them. */
export function forgedCircle(random: Random, genuine: readonly CircleDelivery[]): CircleDelivery {
  const one = random.pick(genuine);
  const other = random.pick(genuine.filter((delivery) => delivery !== one));
  switch (random.integer(0, 6)) {
    case 0:
      return { ...one, rawBody: changedBytes(random, one.rawBody) };
    case 1:
      return { ...one, rawBody: Buffer.from(changedMeaning(random, one.rawBody.toString('utf8'))) };
    case 2:
      return { ...one, signature: changedSignature(random, one.signature) };
    case 3:
      return { ...one, rawBody: other.rawBody };
    case 4:
      return { ...one, keyId: random.pick([changedText(random, one.keyId), one.keyId.toUpperCase()]) };
    case 5:
      return { ...one, rawBody: other.rawBody, signature: twinOf(one.signature) };
    default:
      return {
        rawBody: changedBytes(random, one.rawBody),
        signature: changedSignature(random, one.signature),
        keyId: one.keyId,
      };
  }
}

/** An envelope of SNS by the names of its fields. */
export type Envelope = Readonly<Record<string, string>>;

const SIGNED = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'];

/**
 * Moves the border between two fields: the signed text joins names and values by newlines, so a field can be
 * swallowed by its neighbour without a change of the text.
 */
function withMovedBorder(random: Random, envelope: Envelope): Envelope {
  const at = random.integer(0, SIGNED.length - 2);
  const [kept = '', swallowed = ''] = SIGNED.slice(at);
  const { [swallowed]: value = '', ...rest } = envelope;
  const again = random.chance(0.5) ? {} : { [swallowed]: value };
  return { ...rest, [kept]: `${envelope[kept]}\n${swallowed}\n${value}`, ...again };
}

/** The raw body of one forged delivery of Mint, made of genuine envelopes. */
export function forgedMint(random: Random, genuine: readonly Envelope[]): Buffer {
  const one = random.pick(genuine);
  const other = random.pick(genuine);
  const json = (envelope: Envelope) => Buffer.from(JSON.stringify(envelope));
  const field = random.pick([...SIGNED, 'Signature', 'SignatureVersion']);
  switch (random.integer(0, 6)) {
    case 0:
      return changedBytes(random, json(one));
    case 1:
      return json({ ...one, [field]: changedText(random, one[field] ?? '') });
    case 2:
      return json({ ...one, [field]: other[field] ?? '' });
    case 3:
      return json(withMovedBorder(random, one));
    case 4:
      return json({ ...one, Message: (one.Message ?? '').replace(/"amount":"[^"]*"/, '"amount":"9999.00"') });
    case 5:
      return json({ ...one, SignatureVersion: one.SignatureVersion === '1' ? '2' : '1' });
    default:
      return Buffer.from(`${JSON.stringify(one).slice(0, -1)},"${field}":"${random.integer(0, 99)}"}`);
  }
}
