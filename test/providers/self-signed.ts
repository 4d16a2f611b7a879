/** A self-signed RSA certificate, made at run time: what Amazon SNS would publish under its SigningCertURL. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

interface SelfSigned {
  readonly pem: string;
  readonly privateKey: KeyObject;
}

function der(tag: number, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const size = body.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const sequence = (...content: Uint8Array[]) => der(0x30, ...content);
const SHA256_WITH_RSA = sequence(der(0x06, Buffer.from('2a864886f70d01010b', 'hex')), der(0x05));
const COMMON_NAME = der(0x06, Buffer.from('550403', 'hex'));

function utcTime(date: Date): Buffer {
  const text = date.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${text}Z`));
}

/** A certificate that is valid from `from` to `to`. */
export function selfSigned(from: Date, to: Date): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const name = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from('sns.test')))));
  const toBeSigned = sequence(
    der(0x02, Buffer.from([1])),
    SHA256_WITH_RSA,
    name,
    sequence(utcTime(from), utcTime(to)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', toBeSigned, privateKey)]);
  const bytes = sequence(toBeSigned, SHA256_WITH_RSA, der(0x03, signature)).toString('base64');
  return { pem: `-----BEGIN CERTIFICATE-----\n${bytes}\n-----END CERTIFICATE-----\n`, privateKey };
}
