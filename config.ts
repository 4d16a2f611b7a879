/** Reads the environment of the worker and the API once, checks all of it, and hands out one object. */
import { z } from 'zod';
import {
  count,
  DATABASE_FORM,
  isPostgresUrl,
  keyList,
  list,
  matching,
  milliseconds,
  networks,
  port,
  required,
  signingKey,
  text,
  unusable,
  url,
  wireBank,
} from './config-values.ts';

/** What a secret looks like wherever a configuration is printed. */
const REDACTED = '[redacted]';

/** Thrown for an unusable environment; its message lists every wrong variable with what is expected. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    const list = problems.map((problem) => `  - ${problem}`).join('\n');
    super(`The configuration is not usable (see .env.example):\n${list}`);
    this.problems = problems;
  }
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const environment = z.object({
  DATABASE_URL: required(DATABASE_FORM).refine(isPostgresUrl, unusable(DATABASE_FORM)),
  DATABASE_CONNECTIONS: count.default(10),
  TEMPORAL_ADDRESS: matching('host:port of the Temporal frontend', /^[^\s/]+:\d{1,5}$/),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  TEMPORAL_TASK_QUEUE: z.string().default('sluice'),
  WORKER_DEPLOYMENT_NAME: z
    .string()
    .regex(/^[\w-]{1,64}$/, { error: 'is not usable; expected letters, digits, - or _' })
    .optional(),
  WORKER_BUILD_ID: text('the version of this build, usually its commit').optional(),
  WORKER_WORKFLOW_BUNDLE: text('the file that npm run bundle has written').optional(),
  WORKER_WORKFLOW_TASKS: count.default(40),
  TEMPORAL_UI_URL: url('the base URL of the Temporal Web UI').optional(),
  API_HOST: z.string().default('127.0.0.1'),
  API_PORT: port.default(7070),
  PUBLIC_URL: url('the base URL under which Circle and others reach the API'),
  API_RATE_LIMIT_PER_MINUTE: count.default(600),
  API_CREDENTIALS_LIMIT_PER_MINUTE: count.default(20),
  API_GATHER_EVENTS_MS: milliseconds.default(150),
  API_TRUSTED_PROXIES: z.string().default('').transform(list),
  CIRCLE_BASE_URL: url('https://api.circle.com or the sandbox'),
  CIRCLE_API_KEY: text('the API key of Circle wallets'),
  CIRCLE_ENTITY_SECRET: matching('64 hexadecimal digits (32 bytes)', /^[0-9a-fA-F]{64}$/),
  CIRCLE_NETWORK: z.enum(['mainnet', 'testnet'], unusable('mainnet or testnet')),
  MINT_BASE_URL: url('https://api.circle.com, https://api-sandbox.circle.com or the sandbox'),
  MINT_API_KEY: text('the API key of Circle Mint'),
  MINT_SNS_CERTIFICATE_HOSTS: z.string().default('sns.<region>.amazonaws.com').transform(list),
  ALPACA_BROKER_URL: url('https://broker-api.alpaca.markets or the sandbox'),
  ALPACA_DATA_URL: url('https://data.alpaca.markets or the sandbox'),
  ALPACA_KEY_ID: text('the key id of the Alpaca Broker API'),
  ALPACA_SECRET_KEY: text('the secret key of the Alpaca Broker API'),
  ALPACA_FIRM_ACCOUNT_ID: matching('the UUID of the firm account at Alpaca', /^[0-9a-f-]{36}$/i),
  ALPACA_WIRE_BANK: wireBank.optional(),
  SMS_BASE_URL: url('https://api.twilio.com or the sandbox'),
  SMS_ACCOUNT_SID: text('the account SID of the SMS provider'),
  SMS_AUTH_TOKEN: text('the auth token of the SMS provider'),
  SMS_FROM: text('the sender of text messages, for example +15005550006'),
  AUTH_ISSUER: url('the issuer of our own tokens, usually the value of PUBLIC_URL'),
  AUTH_SIGNING_KEY: signingKey,
  AUTH_JWKS_URL: url('the JWKS of the outside identity provider').optional(),
  AUTH_JWKS_ISSUER: text('the issuer of the outside identity provider').optional(),
  AUTH_JWKS_AUDIENCE: text('the audience of the outside identity provider').optional(),
  PAYLOAD_KEYS: keyList,
  PAYLOAD_ACTIVE_KEY_ID: text('the id of the key in PAYLOAD_KEYS that encrypts'),
  FIELD_KEYS: keyList.optional(),
  FIELD_ACTIVE_KEY_ID: text('the id of the key in FIELD_KEYS that encrypts').optional(),
  CODEC_ALLOWED_ORIGINS: z.string().default('').transform(list),
  WEBHOOK_ALLOWED_NETWORKS: networks.default([]),
  LOG_LEVEL: z.enum(LOG_LEVELS, unusable(`one of ${LOG_LEVELS.join(', ')}`)).default('info'),
});
type Environment = z.infer<typeof environment>;

/**
 * Reads the configuration of the worker and the API. An empty variable counts as absent.
 *
 * Secrets are plain strings where they are used, but an object that holds one prints as `[redacted]`
 * in console.log, util.inspect, JSON.stringify and the structured log.
 *
 * @throws {ConfigError} naming every variable that is missing or wrong, without their values.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environment.safeParse(present);
  const problems = parsed.success
    ? relations(parsed.data)
    : parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`);
  if (!parsed.success || problems.length > 0) throw new ConfigError([...new Set(problems)]);
  return grouped(parsed.data);
}

/** Variables that make sense only together. */
const TOGETHER = [
  ['AUTH_JWKS_URL', 'AUTH_JWKS_ISSUER', 'AUTH_JWKS_AUDIENCE'],
  ['WORKER_DEPLOYMENT_NAME', 'WORKER_BUILD_ID'],
] as const;

/** Rules between variables, checked once each variable is right by itself. */
function relations(env: Environment): string[] {
  const problems: string[] = [];
  if (!env.PAYLOAD_KEYS.has(env.PAYLOAD_ACTIVE_KEY_ID)) {
    problems.push('PAYLOAD_ACTIVE_KEY_ID is not usable; expected the id of a key in PAYLOAD_KEYS');
  }
  if (env.FIELD_KEYS !== undefined && !env.FIELD_KEYS.has(env.FIELD_ACTIVE_KEY_ID ?? '')) {
    problems.push('FIELD_ACTIVE_KEY_ID is not usable; expected the id of a key in FIELD_KEYS');
  }
  for (const names of TOGETHER) {
    const absent = names.filter((name) => env[name] === undefined);
    if (absent.length === names.length) continue;
    problems.push(...absent.map((name) => `${name} is missing; expected all of ${names.join(', ')} or none`));
  }
  return problems;
}

function outsideProvider(env: Environment): { outside?: OutsideProvider } {
  const { AUTH_JWKS_URL: jwksUrl, AUTH_JWKS_ISSUER: issuer, AUTH_JWKS_AUDIENCE: audience } = env;
  if (jwksUrl === undefined || issuer === undefined || audience === undefined) return {};
  return { outside: { jwksUrl, issuer, audience } };
}

function grouped(env: Environment) {
  return Object.freeze({
    database: guarded({ url: env.DATABASE_URL, connections: env.DATABASE_CONNECTIONS }, ['url']),
    temporal: guarded(
      {
        address: env.TEMPORAL_ADDRESS,
        namespace: env.TEMPORAL_NAMESPACE,
        taskQueue: env.TEMPORAL_TASK_QUEUE,
        ...(env.TEMPORAL_UI_URL === undefined ? {} : { uiUrl: env.TEMPORAL_UI_URL }),
      },
      [],
    ),
    worker: guarded(
      {
        deploymentName: env.WORKER_DEPLOYMENT_NAME,
        buildId: env.WORKER_BUILD_ID,
        workflowBundle: env.WORKER_WORKFLOW_BUNDLE,
        workflowTasks: env.WORKER_WORKFLOW_TASKS,
      },
      [],
    ),
    api: guarded(
      {
        host: env.API_HOST,
        port: env.API_PORT,
        publicUrl: env.PUBLIC_URL,
        trustedProxies: env.API_TRUSTED_PROXIES,
        gatherEventsMs: env.API_GATHER_EVENTS_MS,
        rateLimits: Object.freeze({
          perMinute: env.API_RATE_LIMIT_PER_MINUTE,
          credentialsPerMinute: env.API_CREDENTIALS_LIMIT_PER_MINUTE,
        }),
      },
      [],
    ),
    circle: guarded(
      {
        baseUrl: env.CIRCLE_BASE_URL,
        apiKey: env.CIRCLE_API_KEY,
        entitySecret: env.CIRCLE_ENTITY_SECRET,
        network: env.CIRCLE_NETWORK,
      },
      ['apiKey', 'entitySecret'],
    ),
    mint: guarded(
      {
        baseUrl: env.MINT_BASE_URL,
        apiKey: env.MINT_API_KEY,
        snsCertificateHosts: env.MINT_SNS_CERTIFICATE_HOSTS,
      },
      ['apiKey'],
    ),
    alpaca: guarded(
      {
        baseUrl: env.ALPACA_BROKER_URL,
        dataUrl: env.ALPACA_DATA_URL,
        keyId: env.ALPACA_KEY_ID,
        secretKey: env.ALPACA_SECRET_KEY,
        firmAccountId: env.ALPACA_FIRM_ACCOUNT_ID,
        ...(env.ALPACA_WIRE_BANK === undefined ? {} : { wireBank: env.ALPACA_WIRE_BANK }),
      },
      ['keyId', 'secretKey'],
    ),
    sms: guarded(
      {
        baseUrl: env.SMS_BASE_URL,
        accountSid: env.SMS_ACCOUNT_SID,
        authToken: env.SMS_AUTH_TOKEN,
        from: env.SMS_FROM,
      },
      ['authToken'],
    ),
    auth: guarded({ issuer: env.AUTH_ISSUER, signingKey: env.AUTH_SIGNING_KEY, ...outsideProvider(env) }, [
      'signingKey',
    ]),
    payload: guarded({ keys: env.PAYLOAD_KEYS, activeKeyId: env.PAYLOAD_ACTIVE_KEY_ID }, ['keys']),
    fields: guarded(
      {
        keys: env.FIELD_KEYS ?? env.PAYLOAD_KEYS,
        activeKeyId:
          env.FIELD_KEYS === undefined ? env.PAYLOAD_ACTIVE_KEY_ID : (env.FIELD_ACTIVE_KEY_ID ?? ''),
      },
      ['keys'],
    ),
    codec: guarded({ allowedOrigins: env.CODEC_ALLOWED_ORIGINS }, []),
    webhooks: guarded({ allowedNetworks: env.WEBHOOK_ALLOWED_NETWORKS }, []),
    log: guarded({ level: env.LOG_LEVEL }, []),
  });
}

/** Everything the worker and the API are told from outside; groups are frozen and print without secrets. */
export type Config = {
  readonly [Group in keyof ReturnType<typeof grouped>]: Readonly<ReturnType<typeof grouped>[Group]>;
};

/** An identity provider outside of Sluice, whose tokens are accepted by its JWKS. */
export interface OutsideProvider {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
}

/** Freezes a group and makes JSON and inspection show no secret. */
function guarded<Group extends object>(group: Group, secrets: readonly (keyof Group & string)[]): Group {
  const printed = () => ({ ...group, ...Object.fromEntries(secrets.map((name) => [name, REDACTED])) });
  for (const key of ['toJSON', Symbol.for('nodejs.util.inspect.custom')]) {
    Object.defineProperty(group, key, { value: printed, enumerable: false });
  }
  return Object.freeze(group);
}
