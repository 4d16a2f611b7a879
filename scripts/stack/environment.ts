/** What the worker, the API and the sandbox of a local stack are told: one place that knows all the names. */
import type { StackSecrets } from './secrets.ts';

/** A name, not an address: tokens stay valid when the API gets another port. */
const ISSUER = 'https://sluice.localhost';

/** What the sandbox says in its ready line: where each company listens and how to sign in there. */
export interface SandboxFacts {
  readonly control: { readonly base_url: string };
  readonly circle: { readonly base_url: string; readonly api_key: string; readonly entity_secret: string };
  readonly mint: { readonly base_url: string; readonly api_key: string };
  readonly alpaca: {
    readonly base_url: string;
    readonly data_url: string;
    readonly key: string;
    readonly secret: string;
    readonly firm_account_id: string;
    readonly wire_account_number: string;
  };
  readonly sms: {
    readonly base_url: string;
    readonly account_sid: string;
    readonly auth_token: string;
    readonly from: string;
  };
}

interface StackAddresses {
  readonly databaseUrl: string;
  readonly temporal: {
    readonly address: string;
    readonly namespace: string;
    readonly taskQueue: string;
    /** Origin of the Web UI. */
    readonly ui?: string;
  };
  readonly api: { readonly port: number };
}

/** The environment of worker.ts and api/server.ts, as config.ts reads it. */
export function applicationEnvironment(
  addresses: StackAddresses,
  sandbox: SandboxFacts,
  secrets: StackSecrets,
): Record<string, string> {
  const publicUrl = `http://127.0.0.1:${addresses.api.port}`;
  const { ui } = addresses.temporal;
  return {
    DATABASE_URL: addresses.databaseUrl,
    TEMPORAL_ADDRESS: addresses.temporal.address,
    TEMPORAL_NAMESPACE: addresses.temporal.namespace,
    TEMPORAL_TASK_QUEUE: addresses.temporal.taskQueue,
    ...(ui === undefined ? {} : { TEMPORAL_UI_URL: ui, CODEC_ALLOWED_ORIGINS: origins(ui) }),
    API_HOST: '127.0.0.1',
    API_PORT: String(addresses.api.port),
    PUBLIC_URL: publicUrl,
    CIRCLE_BASE_URL: sandbox.circle.base_url,
    CIRCLE_API_KEY: sandbox.circle.api_key,
    CIRCLE_ENTITY_SECRET: sandbox.circle.entity_secret,
    CIRCLE_NETWORK: 'testnet',
    MINT_BASE_URL: sandbox.mint.base_url,
    MINT_API_KEY: sandbox.mint.api_key,
    // The sandbox signs as Amazon does, with a certificate that it serves itself.
    MINT_SNS_CERTIFICATE_HOSTS: new URL(sandbox.mint.base_url).host,
    ALPACA_BROKER_URL: sandbox.alpaca.base_url,
    ALPACA_DATA_URL: sandbox.alpaca.data_url,
    ALPACA_KEY_ID: sandbox.alpaca.key,
    ALPACA_SECRET_KEY: sandbox.alpaca.secret,
    ALPACA_FIRM_ACCOUNT_ID: sandbox.alpaca.firm_account_id,
    ALPACA_WIRE_BANK: JSON.stringify(wireBank(sandbox.alpaca.wire_account_number)),
    SMS_BASE_URL: sandbox.sms.base_url,
    SMS_ACCOUNT_SID: sandbox.sms.account_sid,
    SMS_AUTH_TOKEN: sandbox.sms.auth_token,
    SMS_FROM: sandbox.sms.from,
    AUTH_ISSUER: ISSUER,
    AUTH_SIGNING_KEY: JSON.stringify(secrets.signingKey),
    // Whoever tries webhooks out listens on this machine.
    WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
    PAYLOAD_KEYS: secrets.payloadKeys,
    PAYLOAD_ACTIVE_KEY_ID: secrets.payloadActiveKeyId,
  };
}

/** The firm's bank account as the sandbox plays it. */
function wireBank(account_number: string) {
  const holder = { name: 'Sluice', line1: '1 Main St', city: 'Boston', postalCode: '02110', country: 'US' };
  return { account_number, routing_number: '121000248', bank_name: 'Broker Bank', holder };
}

/** A browser may have opened the Web UI under either name of this machine. */
function origins(ui: string): string {
  const { port } = new URL(ui);
  return `http://127.0.0.1:${port},http://localhost:${port}`;
}

/** The environment of sandbox/server.ts. */
export function sandboxEnvironment(
  data: string,
  pace: 'real' | 'instant',
  ports: Readonly<Record<string, number>> = {},
): Record<string, string> {
  const named = Object.entries(ports).map(([company, port]) => [
    `SANDBOX_${company.toUpperCase()}_PORT`,
    String(port),
  ]);
  return { SANDBOX_DATA: data, SANDBOX_PACE: pace, ...Object.fromEntries(named) };
}
