/** Writes a self-signed X.509 certificate: Node reads certificates and cannot make them. RFC 5280. */
import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const TAG = {
  integer: 0x02,
  bits: 0x03,
  null: 0x05,
  oid: 0x06,
  utf8: 0x0c,
  sequence: 0x30,
  set: 0x31,
  time: 0x18,
};
const SHA256_WITH_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const COMMON_NAME = [0x55, 0x04, 0x03];
const VALID_YEARS = 20;

/** One DER element: tag, length, content. */
function der(tag: number, ...parts: (Buffer | number[] | string)[]): Buffer {
  const content = Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))),
  );
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

/** GeneralizedTime; RFC 5280 asks for UTCTime before 2050, every reader takes this form as well. */
function derTime(time: Date): Buffer {
  return der(TAG.time, `${time.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`);
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

export type SigningIdentity = { privateKey: string; certificate: string };

/** A fresh RSA key with a self-signed certificate for this name, both as PEM. */
export function createSigningIdentity(commonName: string, now: Date): SigningIdentity {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const algorithm = der(TAG.sequence, der(TAG.oid, SHA256_WITH_RSA), der(TAG.null));
  const name = der(
    TAG.sequence,
    der(TAG.set, der(TAG.sequence, der(TAG.oid, COMMON_NAME), der(TAG.utf8, commonName))),
  );
  const begin = new Date(now.getTime() - 86_400_000);
  const end = new Date(now);
  end.setUTCFullYear(end.getUTCFullYear() + VALID_YEARS);
  const serial = randomBytes(15);
  // A serial number is positive and has no leading zero byte.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const version = der(0xa0, der(TAG.integer, [2]));
  const spki = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })).export({
    type: 'spki',
    format: 'der',
  });
  const validity = der(TAG.sequence, derTime(begin), derTime(end));
  const body = der(TAG.sequence, version, der(TAG.integer, serial), algorithm, name, validity, name, spki);
  const signature = sign('sha256', body, privateKey);
  const certificate = der(TAG.sequence, body, algorithm, der(TAG.bits, [0], signature));
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: pem('CERTIFICATE', certificate),
  };
}
