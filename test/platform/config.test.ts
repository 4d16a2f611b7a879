/** The configuration says everything that is wrong at once, and never prints a secret. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { isTrustedHost } from '../../activities/providers/mint/sns.ts';
import { ConfigError, loadConfig } from '../../config.ts';

const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
const payloadKey = randomBytes(32).toString('base64');
const secrets = {
  CIRCLE_API_KEY: `TEST_API_KEY:${randomBytes(16).toString('hex')}`,
  CIRCLE_ENTITY_SECRET: randomBytes(32).toString('hex'),
  MINT_API_KEY: randomBytes(16).toString('hex'),
  ALPACA_KEY_ID: randomBytes(10).toString('hex'),
  ALPACA_SECRET_KEY: randomBytes(20).toString('hex'),
  SMS_AUTH_TOKEN: randomBytes(16).toString('hex'),
};
const complete = {
  ...secrets,
  DATABASE_URL: 'postgres://sluice:pass-of-database@127.0.0.1:5432/sluice',
  TEMPORAL_ADDRESS: '127.0.0.1:7233',
  PUBLIC_URL: 'http://127.0.0.1:7070/',
  CIRCLE_BASE_URL: 'http://127.0.0.1:7172',
  CIRCLE_NETWORK: 'testnet',
  MINT_BASE_URL: 'http://127.0.0.1:7173',
  ALPACA_BROKER_URL: 'http://127.0.0.1:7174',
  ALPACA_DATA_URL: 'http://127.0.0.1:7174',
  ALPACA_FIRM_ACCOUNT_ID: '8f8c8cee-2591-4f83-be12-82c659b5e748',
  SMS_BASE_URL: 'http://127.0.0.1:7175',
  SMS_ACCOUNT_SID: 'AC00000000000000000000000000000000',
  SMS_FROM: '+15005550006',
  AUTH_ISSUER: 'http://127.0.0.1:7070',
  AUTH_SIGNING_KEY: JSON.stringify(signingKey),
  PAYLOAD_KEYS: `a:${payloadKey}`,
  PAYLOAD_ACTIVE_KEY_ID: 'a',
};

function problemsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('a complete environment becomes one grouped object, with defaults for what may be left out', () => {
  const config = loadConfig(complete);
  expect(config.database.url).toBe(complete.DATABASE_URL);
  expect(config.temporal).toEqual({ address: '127.0.0.1:7233', namespace: 'default', taskQueue: 'sluice' });
  expect(config.api).toMatchObject({ host: '127.0.0.1', port: 7070, publicUrl: 'http://127.0.0.1:7070' });
  expect(config.circle.entitySecret).toBe(secrets.CIRCLE_ENTITY_SECRET);
  expect(config.mint.snsCertificateHosts).toEqual(['sns.<region>.amazonaws.com']);
  expect(config.auth.signingKey.d).toBe(signingKey.d);
  expect(config.auth.outside).toBeUndefined();
  expect([...config.payload.keys.keys()]).toEqual(['a']);
  expect(config.fields.keys).toBe(config.payload.keys);
  expect(config.log.level).toBe('info');
});

test('an empty environment gives one message that names every variable without a default', () => {
  const problems = problemsOf({});
  const named = problems.map((problem) => problem.split(' ')[0]);
  expect(named.sort()).toEqual(Object.keys(complete).sort());
  expect(() => loadConfig({})).toThrow(/DATABASE_URL is missing; expected postgres:/);
});

test.each([
  [
    'DATABASE_URL',
    'mysql://x',
    'DATABASE_URL is not usable; expected postgres://user:password@host:port/database',
  ],
  [
    'TEMPORAL_ADDRESS',
    'http://x',
    'TEMPORAL_ADDRESS is not usable; expected host:port of the Temporal frontend',
  ],
  ['API_PORT', '70700', 'API_PORT is not usable; expected a port number from 0 to 65535'],
  [
    'PUBLIC_URL',
    'ftp://x',
    'PUBLIC_URL is not usable; expected the base URL under which Circle and others reach the API',
  ],
  [
    'CIRCLE_ENTITY_SECRET',
    'abc',
    'CIRCLE_ENTITY_SECRET is not usable; expected 64 hexadecimal digits (32 bytes)',
  ],
  ['CIRCLE_NETWORK', 'devnet', 'CIRCLE_NETWORK is not usable; expected mainnet or testnet'],
  [
    'AUTH_SIGNING_KEY',
    '{"kty":"RSA"}',
    'AUTH_SIGNING_KEY is not usable; expected a private ES256 key as JSON Web Key',
  ],
  [
    'PAYLOAD_ACTIVE_KEY_ID',
    'b',
    'PAYLOAD_ACTIVE_KEY_ID is not usable; expected the id of a key in PAYLOAD_KEYS',
  ],
  [
    'AUTH_JWKS_URL',
    'https://id.example/jwks',
    'AUTH_JWKS_ISSUER is missing; expected all of AUTH_JWKS_URL, AUTH_JWKS_ISSUER, AUTH_JWKS_AUDIENCE or none',
  ],
  [
    'LOG_LEVEL',
    'loud',
    'LOG_LEVEL is not usable; expected one of fatal, error, warn, info, debug, trace, silent',
  ],
])('a wrong %s is named with what is expected', (name, value, problem) => {
  expect(problemsOf({ ...complete, [name]: value })).toContain(problem);
});

test('a key that is not 32 bytes is refused without showing it', () => {
  const short = randomBytes(16).toString('base64');
  const [problem] = problemsOf({ ...complete, PAYLOAD_KEYS: `a:${payloadKey},b:${short}` });
  expect(problem).toMatch(/^PAYLOAD_KEYS has a wrong entry 2; expected keyId:base64/);
  expect(problem).not.toContain(short);
});

test('two keys with one id are refused', () => {
  expect(problemsOf({ ...complete, PAYLOAD_KEYS: `a:${payloadKey},a:${payloadKey}` })).toHaveLength(1);
});

test('an empty variable counts as absent', () => {
  expect(loadConfig({ ...complete, LOG_LEVEL: '', FIELD_KEYS: '' }).log.level).toBe('info');
});

test('fields at rest may have keys of their own', () => {
  const env = { ...complete, FIELD_KEYS: `f:${payloadKey}`, FIELD_ACTIVE_KEY_ID: 'f' };
  expect(loadConfig(env).fields.activeKeyId).toBe('f');
  expect(problemsOf({ ...env, FIELD_ACTIVE_KEY_ID: 'a' })).toHaveLength(1);
});

test('no way of printing the configuration shows a secret', () => {
  const config = loadConfig(complete);
  const hidden = [...Object.values(secrets), 'pass-of-database', String(signingKey.d), payloadKey];
  const bytes = Buffer.from(payloadKey, 'base64').toString('hex').match(/../g)?.join(' ') ?? '';
  const printed = [
    JSON.stringify(config),
    JSON.stringify(config.circle),
    inspect(config, { depth: 9, showHidden: false }),
    inspect(config.payload, { depth: 9 }),
    inspect({ nested: { config } }, { depth: 9 }),
  ].join('\n');
  for (const secret of [...hidden, bytes]) expect(printed).not.toContain(secret);
  expect(printed).toContain('[redacted]');
});

test('by default the notifications of Mint may be signed by AWS in any region, and by nobody else', () => {
  const { snsCertificateHosts } = loadConfig(complete).mint;
  expect(isTrustedHost('https://sns.us-east-1.amazonaws.com/cert.pem', snsCertificateHosts)).toBe(true);
  expect(isTrustedHost('https://sns.us-east-1.amazonaws.com.example/cert.pem', snsCertificateHosts)).toBe(
    false,
  );
});

test('the configuration cannot be changed', () => {
  const config = loadConfig(complete);
  expect(Object.isFrozen(config) && Object.values(config).every((group) => Object.isFrozen(group))).toBe(
    true,
  );
});

test('.env.example documents every variable', () => {
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  const source = readFileSync(new URL('../../config.ts', import.meta.url), 'utf8');
  const known = [...source.matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map((match) => match[1]);
  const [forConfig = ''] = example.split('# --- Docker Compose only');
  const documented = [...forConfig.matchAll(/^#? ?([A-Z][A-Z_]+)=/gm)].map((match) => match[1]);
  expect(documented.sort()).toEqual(known.sort());
});

test('what .env.example says of a variable that may be left out is its default', () => {
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  const [forConfig = ''] = example.split('# --- Docker Compose only');
  const said = [...forConfig.matchAll(/^# ([A-Z][A-Z_]+)=(.+)$/gm)];
  expect(said.length).toBeGreaterThan(8);
  const usual = JSON.stringify(loadConfig(complete));
  for (const [, name = '', value] of said)
    expect([name, JSON.stringify(loadConfig({ ...complete, [name]: value }))]).toEqual([name, usual]);
});
