/**
 * The keys and passwords that a local stack makes for itself once, kept in a file that only its owner
 * reads.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

export interface StackSecrets {
  readonly databasePassword: string;
  /** Private ES256 key as JSON Web Key; signs our own tokens. */
  readonly signingKey: Readonly<Record<string, unknown>>;
  /** `keyId:base64`; encrypts what enters Temporal's history. */
  readonly payloadKeys: string;
  readonly payloadActiveKeyId: string;
}

/** Makes new secrets; nothing is stored. */
export function createSecrets(): StackSecrets {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = `local-${randomBytes(4).toString('hex')}`;
  return {
    databasePassword: randomBytes(18).toString('base64url'),
    signingKey: { ...privateKey.export({ format: 'jwk' }), kid },
    payloadKeys: `local-1:${randomBytes(32).toString('base64')}`,
    payloadActiveKeyId: 'local-1',
  };
}

/** The secrets of this folder: the stored ones, or new ones that are stored first. */
export function storedSecrets(file: string): StackSecrets {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as StackSecrets;
  const secrets = createSecrets();
  writePrivately(file, secrets);
  return secrets;
}

/** Writes JSON that only its owner can read; a crash in the middle leaves the old file or the new one. */
export function writePrivately(file: string, content: object): void {
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(partial, file);
}
