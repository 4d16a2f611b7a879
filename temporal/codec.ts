/** Encrypts every payload before it enters a history (AES-256-GCM), so that the engine stores only ciphertext. */
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { METADATA_ENCODING_KEY, type Payload, type PayloadCodec, ValueError } from '@temporalio/common';
import proto from '@temporalio/proto';

const ENCODING = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';
const CIPHER = 'encryption-cipher';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const PayloadMessage = proto.temporal.api.common.v1.Payload;

/** Keys by id and the id of the one that encrypts; the others still decrypt, so that keys can rotate. */
export interface PayloadKeys {
  readonly keys: ReadonlyMap<string, Uint8Array>;
  readonly activeKeyId: string;
}

/**
 * Makes the codec. The key id is authenticated together with the payload, so that a payload cannot be
 * presented under another key's name.
 * @throws {ValueError} on decoding when the key is unknown or the payload was altered.
 */
export function createPayloadCodec({ keys: rawKeys, activeKeyId }: PayloadKeys): PayloadCodec {
  // Prepared once: making a key object of the bytes costs more than encrypting a payload with it.
  const keys = new Map([...rawKeys].map(([id, bytes]) => [id, createSecretKey(bytes)]));
  const activeKey = keys.get(activeKeyId);
  if (!activeKey) throw new ValueError(`there is no payload key ${activeKeyId}`);

  const encrypt = (payload: Payload): Payload => {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', activeKey, nonce).setAAD(Buffer.from(activeKeyId));
    const plain = PayloadMessage.encode(payload).finish();
    const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return {
      metadata: {
        [METADATA_ENCODING_KEY]: Buffer.from(ENCODING),
        [KEY_ID]: Buffer.from(activeKeyId),
        [CIPHER]: Buffer.from('AES-256-GCM'),
      },
      data: sealed,
    };
  };

  const decrypt = (payload: Payload): Payload => {
    if (textOf(payload.metadata?.[METADATA_ENCODING_KEY]) !== ENCODING) return payload;
    const keyId = textOf(payload.metadata?.[KEY_ID]);
    const key = keys.get(keyId);
    if (!key) throw new ValueError(`there is no payload key ${keyId}`);
    const sealed = Buffer.from(payload.data ?? []);
    if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new ValueError('an encrypted payload is too short');
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(keyId))
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      const plain = Buffer.concat([
        decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)),
        decipher.final(),
      ]);
      return PayloadMessage.decode(plain);
    } catch (error) {
      throw new ValueError('an encrypted payload was altered or is not ours', error);
    }
  };

  return {
    encode: async (payloads) => payloads.map(encrypt),
    decode: async (payloads) => payloads.map(decrypt),
  };
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}
