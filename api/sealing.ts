/** Seals small texts that rest in the database: AES-256-GCM with keys derived from those of the configuration. */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

export interface Sealer {
  /** `<key id>.<base64url of nonce, tag and ciphertext>`; `context` must be given again to open it. */
  seal(plain: string, context: string): string;
  /** The plain text; undefined when the key is gone, or the text or its context was changed. */
  open(sealed: string, context: string): string | undefined;
  /** HMAC-SHA-256 of a text that is too short for a plain hash. Changes with the active key. */
  mac(text: string): string;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Makes a sealer for one purpose. Keys are derived per purpose, so that no sealed text fits another place.
 * @throws Error when the active key is not among the keys.
 */
export function createSealer(
  keys: ReadonlyMap<string, Uint8Array>,
  activeKeyId: string,
  purpose: string,
): Sealer {
  const derived = new Map(
    [...keys].map(([id, key]) => [id, Buffer.from(hkdfSync('sha256', key, '', `sluice ${purpose}`, 32))]),
  );
  const active = derived.get(activeKeyId);
  if (!active) throw new Error(`no key with the id ${activeKeyId}`);
  return {
    seal: (plain, context) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', active, nonce).setAAD(Buffer.from(context));
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return `${activeKeyId}.${Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url')}`;
    },
    mac: (text) => createHmac('sha256', active).update(text).digest('base64url'),
    open: (sealed, context) => {
      const dot = sealed.lastIndexOf('.');
      const key = derived.get(sealed.slice(0, dot));
      return key && openWith(key, Buffer.from(sealed.slice(dot + 1), 'base64url'), context);
    },
  };
}

function openWith(key: Buffer, bytes: Buffer, context: string): string | undefined {
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES));
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const plain = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    return plain.toString('utf8');
  } catch {
    return undefined;
  }
}
