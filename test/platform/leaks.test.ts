/**
 * Nothing secret or personal stands where it does not belong. A customer whose every field is a canary lives a whole
 * life on the real stack, with companies that quote the fields back in their errors; then logs, metrics, raw
 * histories and every column of the database are searched.
 */
import { randomBytes, randomInt } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { createTemporalClient } from '../../temporal/client.ts';
import { newCustomer, QUICK_ONBOARDING, reached, setOnboardingPolicy } from '../support/applicant.ts';
import { type Canary, findCanaries } from '../support/canaries.ts';
import { dumpDatabase, dumpHistories } from '../support/dump.ts';
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { plant, setDepositPolicy } from '../support/trouble.ts';
import { type Receiver, startReceiver } from '../support/webhook-receiver.ts';
import { freshAddress, setSetting } from '../support/withdrawer.ts';

const word = (name: string) => `Canary${name}${randomBytes(5).toString('hex')}`;
const PERSONAL = {
  phone: `+1500${randomInt(1_000_000, 9_999_999)}`,
  given_name: word('Given'),
  family_name: word('Family'),
  date_of_birth: '1961-07-23',
  // The sandbox's broker asks people with this number for a document.
  tax_id: '555-66-1001',
  email_address: `${word('Mail').toLowerCase()}@example.com`,
  street: `12 ${word('Street')}`,
  city: word('City'),
  postal_code: '94073',
  document: randomBytes(300).toString('hex'),
  beneficiary: word('Beneficiary'),
  service: word('Service'),
};

/** Where a personal field may stand as it is; everywhere else it is sealed or absent. */
const BELONGS: Readonly<Record<string, readonly string[]>> = {
  phone: ['phone_verifications.phone_number', 'users.phone_number'],
};

let stack: TestStack;
let temporal: Client;
let receiver: Receiver;
const secrets: Canary[] = [];
const secret = (name: string, value: string) => secrets.push({ name, value });
const personal = () =>
  [
    ...Object.entries(PERSONAL).map(([name, value]) => ({ name, value })),
    { name: 'tax_id', value: PERSONAL.tax_id.replaceAll('-', '') },
    { name: 'document', value: Buffer.from(PERSONAL.document).toString('base64') },
  ] satisfies Canary[];

beforeAll(async () => {
  stack = await startStack({ firmCash: '100000.00', env: { LOG_LEVEL: 'trace' } });
  temporal = await createTemporalClient(stack.config);
  receiver = await startReceiver();
  await setOnboardingPolicy(stack, { ...QUICK_ONBOARDING, documentGraceSeconds: 600 });
  await setDepositPolicy(stack);
  await setSetting(stack, 'address_policy', { coolDownSeconds: 0, retryAfterSeconds: [0.3] });
}, 120_000);
afterAll(async () => {
  await receiver?.stop();
  await temporal?.connection.close();
  await stack?.stop();
});

/** Logs and metrics, histories and database. */
async function places(): Promise<Map<string, string>> {
  const metrics = await stack.call<string>('GET', '/metrics');
  expect(metrics.status).toBe(200);
  return new Map([
    ['logs', stack.logs()],
    ['metrics', metrics.body],
    ...(await dumpHistories(temporal)),
    ...(await dumpDatabase(stack.database.pool)),
  ]);
}

async function signIn(): Promise<{ id: string; token: string }> {
  await stack.call('POST', '/v1/auth/phone/start', { body: { phone_number: PERSONAL.phone } });
  const to = encodeURIComponent(PERSONAL.phone);
  const sent = await stack.sandbox.control('GET', `/control/sms?to=${to}`);
  const code = /\b\d{6}\b/.exec(JSON.stringify(sent))?.[0] ?? '';
  const { status, body } = await stack.call('POST', '/v1/auth/phone/verify', {
    body: { phone_number: PERSONAL.phone, code },
  });
  expect(status).toBe(200);
  secret('sms code', code);
  secret('access token', body.access_token);
  secret('refresh token', body.refresh_token);
  return { id: body.user_id, token: body.access_token };
}

async function stepUp(token: string): Promise<string> {
  const passcode = '739158';
  secret('passcode', passcode);
  expect(await stack.call('PUT', '/v1/me/passcode', { token, body: { passcode } })).toMatchObject({
    status: 204,
  });
  const { body } = await stack.call('POST', '/v1/me/passcode', { token, body: { passcode } });
  secret('step-up token', body.step_up_token);
  return body.step_up_token;
}

async function becomeCustomer(customer: Awaited<ReturnType<typeof newCustomer>>): Promise<void> {
  const quoted = JSON.stringify(customer.application);
  await plant(stack, {
    ...{ company: 'alpaca', operation: 'alpaca.createAccount', kind: 'error' },
    body: { code: 50010000, message: `cannot open an account for ${quoted}` },
  });
  const body = customer.application;
  expect(await stack.call('POST', '/v1/me/kyc', { token: customer.token, body })).toMatchObject({
    status: 202,
  });
  await reached(stack, customer, 'action_required');
  const content = Buffer.from(PERSONAL.document).toString('base64');
  const document = { document_type: 'identity_verification', mime_type: 'image/png', content };
  const sent = await stack.call('POST', '/v1/me/kyc/documents', { token: customer.token, body: document });
  expect(sent.status).toBe(202);
  await reached(stack, customer, 'approved');
}

async function deposit(userId: string): Promise<void> {
  const { pool } = stack.database;
  const to = await eventually('there is a wallet', async () => {
    const { rows } = await pool.query<{ address: string | null }>(
      `select address from wallets where user_id = $1 and chain = 'base' and status = 'active'`,
      [userId],
    );
    return rows[0]?.address ?? undefined;
  });
  const transfer = { blockchain: 'BASE-SEPOLIA', to, amount: '5000', token: 'USDC' };
  await stack.sandbox.control('POST', '/control/chain/transfers', transfer);
  await eventually('the deposit is there', async () => {
    const { rows } = await pool.query('select status from deposits where user_id = $1', [userId]);
    return rows[0]?.status === 'broker_funded';
  });
}

async function withdraw(userId: string, token: string, stepUpToken: string): Promise<void> {
  const headers = { 'step-up-token': stepUpToken };
  const address = { chain: 'base', address: freshAddress(), label: 'Mine' };
  const added = await stack.call('POST', '/v1/addresses', { token, headers, body: address });
  expect(added.status).toBe(201);
  await eventually('the address is usable', async () => {
    const { body } = await stack.call('GET', `/v1/addresses/${added.body.id}`, { token });
    return body.status === 'active';
  });
  const { beneficiary: name, service: service_name } = PERSONAL;
  const beneficiary = { kind: 'other', name, wallet: 'service', service_name };
  const body = { address_id: added.body.id, amount_usd: '4000.00', beneficiary };
  expect(await stack.call('POST', '/v1/withdrawals', { token, headers, body })).toMatchObject({
    status: 201,
  });
  await eventually(
    'the withdrawal is complete',
    async () => {
      const { rows } = await stack.database.pool.query(
        'select status, waiting_for from withdrawals where user_id = $1',
        [userId],
      );
      if (rows[0]?.status !== 'complete') throw new Error(JSON.stringify(rows));
      return true;
    },
    { timeoutMs: 40_000 },
  );
}

async function hearOfIt(): Promise<void> {
  const { rows } = await stack.database.pool.query<{ id: string }>(
    `insert into users (auth_provider_id, role) values ('test:admin', 'admin') returning id`,
  );
  const token = await stack.token(rows[0]?.id ?? '', 'admin');
  const body = { url: `${receiver.url}/hook`, event_types: ['*'] };
  const made = await stack.call('POST', '/v1/webhook-endpoints', { token, body });
  expect(made.status).toBe(201);
  secret('webhook secret', made.body.secret.slice('whsec_'.length));
}

/** Requests that go wrong: what they carried must not stand in what is written about them. */
async function goWrong(token: string): Promise<void> {
  const { given_name, tax_id, phone } = PERSONAL;
  secret('token of a stranger', word('Bearer'));
  const stranger = secrets.at(-1)?.value ?? '';
  await stack.call('GET', '/v1/me', { token: stranger });
  await stack.call('GET', `/v1/deposits?status=${given_name}&cursor=${tax_id}`, { token });
  await stack.call('GET', `/v1/deposits/${given_name}`, { token });
  await stack.call('POST', '/v1/me/kyc', { token, body: { given_name, tax_id: [tax_id] } });
  await stack.call('POST', '/v1/auth/phone/start', { body: { phone_number: `${phone} ${given_name}` } });
  await stack.call('POST', '/v1/auth/token', { body: { refresh_token: stranger } });
  await fetch(`${stack.config.api.publicUrl}/v1/me/kyc`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': 'broken',
    },
    body: `{"given_name": "${given_name}", `,
  });
}

/** The configuration's own secrets. */
function configured(): Canary[] {
  const names = [
    'CIRCLE_API_KEY',
    'CIRCLE_ENTITY_SECRET',
    'MINT_API_KEY',
    'ALPACA_SECRET_KEY',
    'SMS_AUTH_TOKEN',
  ];
  const { d } = JSON.parse(stack.env.AUTH_SIGNING_KEY ?? '') as { d: string };
  return [
    ...names.map((name) => ({ name, value: stack.env[name] ?? '' })),
    { name: 'signing key', value: d },
    { name: 'payload key', value: stack.env.PAYLOAD_KEYS?.split(':')[1] ?? '' },
  ];
}

test('a whole life leaves personal and secret values only where they belong', async () => {
  await hearOfIt();
  const { id, token } = await signIn();
  const { phone, street, document: _, beneficiary: __, service: ___, ...fields } = PERSONAL;
  const made = await newCustomer(stack, { ...fields, street_address: [street] });
  const customer = { ...made, id, token, phone };
  const stepUpToken = await stepUp(token);
  await becomeCustomer(customer);
  await deposit(id);
  await withdraw(id, token, stepUpToken);
  await goWrong(token);
  await eventually('the app has heard of the end', () =>
    receiver.received.some(({ body }) => JSON.parse(body).type === 'withdrawal.complete'),
  );
  const all = await places();
  expect(all.get('logs')).not.toBe('');
  expect(all.get('history of onboarding')).toContain('binary/encrypted');
  for (const { name, value } of configured()) expect([name, value.length > 5]).toEqual([name, true]);
  expect(findCanaries([...secrets, ...configured()], all)).toEqual({});
  expect(findCanaries(personal(), all)).toEqual(BELONGS);
  const told = receiver.received.map(({ body }) => body).join('\n');
  expect(findCanaries([...personal(), ...secrets], new Map([['webhooks', told]]))).toEqual({});
}, 240_000);

test('the search finds what is hidden: as text, JSON, URL, hex or base64, wherever it begins', () => {
  const value = 'Canary "quoted" & ünique';
  const forms = {
    text: `before ${value} after`,
    json: JSON.stringify({ value }),
    url: `?q=${encodeURIComponent(value)}&r`,
    hex: Buffer.from(value).toString('hex'),
    'base64 0': Buffer.from(`${value}…`).toString('base64'),
    'base64 1': Buffer.from(`a${value}b`).toString('base64'),
    'base64 2': Buffer.from(`ab${value}`).toString('base64url'),
    nothing: 'Canary is not here',
  };
  const { nothing: _, ...hits } = forms;
  expect(findCanaries([{ name: 'it', value }], new Map(Object.entries(forms)))).toEqual({
    it: Object.keys(hits).sort(),
  });
});
