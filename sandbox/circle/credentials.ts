/** API keys, the entity secret and its ciphertext. Circle: wallets docs, entity secret management. */
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  privateDecrypt,
  randomBytes,
  randomUUID,
} from 'node:crypto';
import type { Kernel } from '../kernel/kernel.ts';
import { isUuidV4, problem } from './problem.ts';

export type CircleKeys = {
  readonly testApiKey: string;
  readonly liveApiKey: string;
  /** 64 hexadecimal digits; changes when a tester unsets it and a client registers another. */
  entitySecret(): string;
  /** PEM of the RSA key that entity secrets are encrypted with. */
  readonly publicKey: string;
  /** Checks a ciphertext and uses it up. @throws {Refusal} 2, 156004, 156013 or 156016 */
  spendCiphertext(ciphertext: unknown): void;
  /** Takes a first ciphertext as the entity's secret. @throws {Refusal} 156015 when there is one */
  register(ciphertext: unknown): void;
  /** Forget the entity secret, so that registration can be tried. */
  unset(): void;
};

type KeptKeys = { test: string; live: string; privateKey: string; publicKey: string };

function makeKeys(): KeptKeys {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const secret = (): string => `${randomUUID().replaceAll('-', '')}:${randomUUID().replaceAll('-', '')}`;
  return { test: `TEST_API_KEY:${secret()}`, live: `LIVE_API_KEY:${secret()}`, privateKey, publicKey };
}

/** Reads the keys from the store, made at the first start. */
export function createCircleKeys({ store }: Kernel): CircleKeys {
  const kept = store.keep('circle.keys', makeKeys);
  const privateKey = createPrivateKey(kept.privateKey);
  let secret = store.keep<string | null>('circle.entity_secret', () => randomBytes(32).toString('hex'));
  const spent = store.table<{ id: string }>('circle_ciphertexts', { id: ({ id }) => id });
  const decrypt = (ciphertext: unknown): string => {
    if (typeof ciphertext !== 'string' || ciphertext === '') {
      throw problem(2, 'entitySecretCiphertext is required.');
    }
    try {
      const bytes = privateDecrypt(
        { key: privateKey, oaepHash: 'sha256' },
        Buffer.from(ciphertext, 'base64'),
      );
      return bytes.toString('hex');
    } catch {
      throw problem(156013);
    }
  };
  return {
    testApiKey: kept.test,
    liveApiKey: kept.live,
    publicKey: kept.publicKey,
    entitySecret: () => secret ?? '',
    spendCiphertext(ciphertext) {
      if (secret === null) throw problem(156016);
      if (decrypt(ciphertext) !== secret) throw problem(156013);
      const id = createHash('sha256').update(String(ciphertext)).digest('base64');
      if (spent.get(id)) throw problem(156004);
      spent.insert({ id });
    },
    register(ciphertext) {
      const offered = decrypt(ciphertext);
      if (secret !== null) throw problem(156015);
      if (offered.length !== 64) throw problem(156013);
      secret = offered;
      store.replace('circle.entity_secret', secret);
    },
    unset() {
      secret = null;
      store.replace('circle.entity_secret', null);
    },
  };
}

/** The idempotency key of a body. @throws {Refusal} 2 when it is missing or no UUID v4 */
export function idempotencyKeyOf(body: Record<string, unknown>): string {
  if (!isUuidV4(body.idempotencyKey)) throw problem(2, 'idempotencyKey must be a UUID v4.');
  return body.idempotencyKey;
}
