/** Secrets of webhook endpoints: made here, sealed at rest, opened to sign. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { FieldKeys } from '../funding/customer-key.ts';

/** A secret as it rests in `webhook_endpoints.secrets`. */
export interface SealedSecret {
  readonly sealed: string;
  /** RFC 3339; null for the newest one. */
  readonly expires_at: string | null;
}

const SECRET_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Standard Webhooks: a symmetric secret is base64 behind this prefix. */
const PREFIX = 'whsec_';

/** A fresh secret, as its owner gets to see it once. */
export function newWebhookSecret(): string {
  return `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/** The bytes that sign. */
export function secretBytes(secret: string): Buffer {
  return Buffer.from(secret.slice(PREFIX.length), 'base64');
}

/** `<key id>.<base64url of nonce, tag and ciphertext>`, bound to its endpoint. */
export function sealWebhookSecret(
  secret: string,
  endpointId: string,
  { keys, activeKeyId }: FieldKeys,
): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(keys, activeKeyId), nonce).setAAD(
    Buffer.from(endpointId),
  );
  const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return `${activeKeyId}.${Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url')}`;
}

/** @throws Error when the key is gone, or what is stored was altered or belongs to another endpoint. */
export function openWebhookSecret(sealed: string, endpointId: string, { keys }: FieldKeys): string {
  const dot = sealed.lastIndexOf('.');
  const bytes = Buffer.from(sealed.slice(dot + 1), 'base64url');
  const key = keyOf(keys, sealed.slice(0, dot));
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
    .setAAD(Buffer.from(endpointId))
    .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const text = [decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()];
  return Buffer.concat(text).toString('utf8');
}

/** Derived for this purpose, so that nothing sealed elsewhere fits here. */
function keyOf(keys: FieldKeys['keys'], id: string): Buffer {
  const key = keys.get(id);
  if (!key) throw new Error(`there is no field key ${id}`);
  return Buffer.from(hkdfSync('sha256', key, '', 'sluice webhook secrets', 32));
}
