/** Amazon SNS, by which Circle Mint sends its notifications: the envelope, its hosts and its signature. */
import { type KeyObject, verify, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { WebhookRejected } from '../webhook-rejected.ts';

/**
 * A signed value of one line. The signed text joins names and values by newlines, so a value with a newline could
 * swallow the field that follows it: the same event would be believed again under another id.
 */
const ONE_LINE = /^[^\r\n]*$/;
const text = z.string().min(1).max(2_048).regex(ONE_LINE);

/** AWS: SNS HTTP/HTTPS notification and subscription confirmation JSON formats. */
export const snsMessage = z.object({
  Type: z.enum(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']),
  MessageId: text,
  TopicArn: text,
  Message: z.string().max(256 * 1024),
  Timestamp: text,
  Subject: z.string().max(1_024).regex(ONE_LINE).optional(),
  SignatureVersion: z.enum(['1', '2']),
  Signature: z.string().min(1).max(2_048),
  SigningCertURL: z.url().max(2_048),
  Token: text.optional(),
  SubscribeURL: z.url().max(4_096).regex(ONE_LINE).optional(),
});
export type SnsMessage = z.output<typeof snsMessage>;

/** The hosts of AWS itself, one per region. A name of the list `sns.<region>.amazonaws.com` stands for them. */
const AWS_HOST = /^sns\.[a-z0-9-]{3,}\.amazonaws\.com(\.cn)?$/;
const AWS_RULE = /^sns\.(<region>|\*)\.amazonaws\.com$/;

/**
 * Whether a certificate or confirmation may be fetched from a URL. Hosts that are named one by one (for a local
 * sandbox, with their port) may be plain http when they are this machine.
 * @param hosts entries such as "sns.<region>.amazonaws.com" (the rule of AWS) or "127.0.0.1:4510".
 */
export function isTrustedHost(url: string, hosts: readonly string[]): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host, hostname, username, password } = new URL(url);
  if (username !== '' || password !== '') return false;
  const isLoopback = hostname === '127.0.0.1' || hostname === 'localhost' || hostname === '[::1]';
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback)) return false;
  return hosts.some((entry) =>
    AWS_RULE.test(entry)
      ? protocol === 'https:' && AWS_HOST.test(host)
      : entry === host || entry === hostname,
  );
}

/**
 * The text that SNS signs: names and values of the fields below, each followed by a newline, in that order.
 * AWS: "Verifying the signatures of Amazon SNS messages".
 */
export function snsStringToSign(message: SnsMessage): string {
  const fields: (keyof SnsMessage)[] =
    message.Type === 'Notification'
      ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
      : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
  return fields
    .filter((field) => message[field] !== undefined)
    .map((field) => `${field}\n${message[field]}\n`)
    .join('');
}

/**
 * Checks a message's signature; version 1 is RSA with SHA-1, version 2 with SHA-256.
 * @throws WebhookRejected when it does not fit.
 */
export function checkSnsSignature(message: SnsMessage, key: KeyObject): void {
  const signature = Buffer.from(message.Signature, 'base64');
  if (signature.toString('base64') !== message.Signature) throw new WebhookRejected('bad_signature');
  const algorithm = message.SignatureVersion === '1' ? 'sha1' : 'sha256';
  const signed = Buffer.from(snsStringToSign(message), 'utf8');
  if (!verify(algorithm, signed, key, signature)) throw new WebhookRejected('bad_signature');
}

/** The public key of a PEM certificate; null when it is no valid RSA certificate today. */
export function readCertificate(pem: string, now: Date): KeyObject | null {
  try {
    const certificate = new X509Certificate(pem);
    const isValid = certificate.validFromDate <= now && now <= certificate.validToDate;
    return isValid && certificate.publicKey.asymmetricKeyType === 'rsa' ? certificate.publicKey : null;
  } catch {
    return null;
  }
}
