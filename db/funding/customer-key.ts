/** Seals a customer's personal data with the customer's own key, which is itself sealed with a key of ours. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Our keys for personal data at rest, by id, and the one that seals: `config.fields`. */
export interface FieldKeys {
  readonly keys: ReadonlyMap<string, Uint8Array>;
  readonly activeKeyId: string;
}

/** A customer's key as it rests in `user_keys`. */
export interface SealedCustomerKey {
  readonly key_id: string;
  /** Hexadecimal. */
  readonly sealed_key: string;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A fresh key for a customer, sealed for storage. It counts only if the database had none before. */
export function newCustomerKey(userId: string, { keys, activeKeyId }: FieldKeys): SealedCustomerKey {
  const ours = keys.get(activeKeyId);
  if (!ours) throw new Error(`there is no field key ${activeKeyId}`);
  const sealed = seal(Buffer.from(ours), randomBytes(KEY_BYTES), keyContext(userId));
  return { key_id: activeKeyId, sealed_key: sealed.toString('hex') };
}

/**
 * Opens a customer's key.
 * @throws Error when the key that sealed it is not configured, or what is stored was altered or swapped.
 */
export function openCustomerKey(userId: string, sealed: SealedCustomerKey, { keys }: FieldKeys): Buffer {
  const ours = keys.get(sealed.key_id);
  if (!ours) throw new Error(`there is no field key ${sealed.key_id}`);
  return open(Buffer.from(ours), Buffer.from(sealed.sealed_key, 'hex'), keyContext(userId));
}

/** Seals a JSON value. `context` says what it is and whose, and must be given again to open it. */
export function sealJson(customerKey: Buffer, value: unknown, context: string): Buffer {
  return seal(customerKey, Buffer.from(JSON.stringify(value)), context);
}

/** @throws Error when the key is another one, or the content or its context was changed. */
export function openJson<T>(customerKey: Buffer, sealed: Buffer, context: string): T {
  return JSON.parse(open(customerKey, sealed, context).toString('utf8')) as T;
}

/** The context of a customer's application. */
export const applicationContext = (userId: string): string => `application of ${userId}`;
/** The context of one document. */
export const documentContext = (documentId: string): string => `document ${documentId}`;

const keyContext = (userId: string): string => `key of ${userId}`;

function seal(key: Buffer, plain: Buffer, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

function open(key: Buffer, sealed: Buffer, context: string): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new Error('what was sealed is too short');
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES))
    .setAAD(Buffer.from(context))
    .setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
}
