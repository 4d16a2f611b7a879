/** A customer who signs up and applies, as tests play them through the API. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from './eventually.ts';
import { whereItStands } from './left-open.ts';
import type { TestStack } from './stack.ts';

export interface Customer {
  readonly id: string;
  readonly token: string;
  readonly phone: string;
  readonly application: Record<string, unknown> & { readonly tax_id: string; readonly email_address: string };
}

/** What the database says about a customer's onboarding. */
export interface OnboardingRow {
  readonly kyc_status: string;
  readonly alpaca_account_id: string | null;
  readonly wallets: readonly { chain: string; status: string; circle_wallet_id: string | null }[];
  readonly reviews: readonly string[];
}

/** Seconds instead of days: look-ups, limits and pauses of onboarding during a test. */
export const QUICK_ONBOARDING = {
  lookUpAfterSeconds: [0.3, 0.5],
  reviewAfterSeconds: 600,
  customerReviewAfterSeconds: 600,
  giveUpAfterSeconds: 20,
  retryAfterSeconds: 0.5,
  documentGraceSeconds: 0,
  reviewDueSeconds: 3600,
};

/** Sets the waiting times of onboarding for this stack. */
export async function setOnboardingPolicy(
  stack: TestStack,
  policy: object = QUICK_ONBOARDING,
): Promise<void> {
  await stack.database.pool.query(
    `insert into settings (key, value) values ('onboarding_policy', $1)
     on conflict (key) do update set value = excluded.value`,
    [JSON.stringify(policy)],
  );
}

/** A customer who has signed in by phone and not applied yet. `changes` replace fields of the application. */
export async function newCustomer(
  stack: TestStack,
  changes: Record<string, unknown> = {},
): Promise<Customer> {
  const phone = `+1500${String(randomInt(10_000_000)).padStart(7, '0')}`;
  const id = randomUUID();
  await stack.database.pool.query(
    'insert into users (id, auth_provider_id, phone_number) values ($1, $2, $3)',
    [id, `phone:${id}`, phone],
  );
  const application = {
    given_name: 'Ada',
    family_name: 'Lovelace',
    date_of_birth: '1985-12-10',
    tax_id: `${randomInt(100, 600)}-${randomInt(10, 99)}-${randomInt(1000, 9999)}`,
    tax_id_type: 'USA_SSN',
    country_of_tax_residence: 'USA',
    email_address: `ada.${randomBytes(5).toString('hex')}@example.com`,
    street_address: ['12 Analytical Street'],
    city: 'San Mateo',
    state: 'CA',
    postal_code: '94401',
    country: 'USA',
    funding_source: ['employment_income'],
    is_control_person: false,
    is_affiliated_exchange_or_finra: false,
    is_politically_exposed: false,
    immediate_family_exposed: false,
    agreements: ['customer_agreement'],
    ...changes,
  };
  return { id, token: await stack.token(id), phone, application };
}

/** How often an app asks again under the same key while the answer takes long, and after which pause. */
const ASKED_AGAIN = 20;
const PAUSE_MS = 500;
const TAKES_LONG = new Set(['service_unavailable', 'idempotency_in_progress']);

/**
 * Sends the application as an app does: an answer that takes long is asked for again under the same key. Fails when the
 * application is not taken.
 */
export async function apply(
  stack: TestStack,
  customer: Customer,
  body: object = customer.application,
): Promise<void> {
  const call = { token: customer.token, body, idempotencyKey: randomUUID() };
  let answer = await stack.call('POST', '/v1/me/kyc', call);
  for (let again = 0; again < ASKED_AGAIN && TAKES_LONG.has(answer.body.code); again += 1) {
    await sleep(PAUSE_MS);
    answer = await stack.call('POST', '/v1/me/kyc', call);
  }
  if (answer.status !== 202) throw new Error(`the application was not taken: ${JSON.stringify(answer.body)}`);
}

/** Uploads a document; answers the HTTP status. */
export async function upload(stack: TestStack, customer: Customer, document_type: string): Promise<number> {
  const content = randomBytes(600).toString('base64');
  const body = { document_type, mime_type: 'image/png', content };
  return (await stack.call('POST', '/v1/me/kyc/documents', { token: customer.token, body })).status;
}

/** What the database says right now. */
export async function onboardingOf(stack: TestStack, customer: Customer): Promise<OnboardingRow> {
  const { rows } = await stack.database.pool.query<OnboardingRow>(
    `select kyc_status, alpaca_account_id,
       (select coalesce(jsonb_agg(jsonb_build_object('chain', w.chain, 'status', w.status,
         'circle_wallet_id', w.circle_wallet_id) order by w.chain::text), '[]')
         from wallets w where w.user_id = u.id) as wallets,
       (select coalesce(jsonb_agg(r.reason order by r.opened_at), '[]') from reviews r
         where r.user_id = u.id and r.decided_at is null) as reviews
     from users u where u.id = $1`,
    [customer.id],
  );
  if (!rows[0]) throw new Error('there is no such customer');
  return rows[0];
}

/** Waits until the application stands there. */
export function reached(
  stack: TestStack,
  customer: Customer,
  status: string,
  timeoutMs = 60_000,
): Promise<OnboardingRow> {
  return eventually(
    `the application is ${status}`,
    async () => {
      const row = await onboardingOf(stack, customer);
      if (row.kyc_status !== status) throw new Error(`it is ${row.kyc_status} (${row.reviews.join(', ')})`);
      return row;
    },
    { timeoutMs, explain: () => whereItStands(stack.config, `onboarding:${customer.id}`) },
  );
}

/** Waits until every wallet is there. */
export function walletsActive(
  stack: TestStack,
  customer: Customer,
  timeoutMs = 30_000,
): Promise<OnboardingRow> {
  return eventually(
    'four wallets are active',
    async () => {
      const row = await onboardingOf(stack, customer);
      if (row.wallets.filter((wallet) => wallet.status === 'active').length !== 4) {
        throw new Error(JSON.stringify(row.wallets));
      }
      return row;
    },
    { timeoutMs },
  );
}

async function circleWallets(stack: TestStack, { id }: Customer): Promise<{ id: string }[]> {
  const { base_url, api_key } = stack.sandbox.facts.circle;
  const answer = await fetch(`${base_url}/v1/w3s/wallets?refId=${id}&pageSize=50`, {
    headers: { authorization: `Bearer ${api_key}` },
  });
  return ((await answer.json()) as { data: { wallets: { id: string }[] } }).data.wallets;
}

async function brokerAccounts(stack: TestStack, { application }: Customer): Promise<{ id: string }[]> {
  const { base_url, key, secret } = stack.sandbox.facts.alpaca;
  const headers = { authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}` };
  const query = encodeURIComponent(application.email_address);
  const answer = await fetch(`${base_url}/v1/accounts?query=${query}`, { headers });
  return (await answer.json()) as { id: string }[];
}

/** Throws unless there is one account and one wallet per chain, and the database knows exactly these. */
export async function expectOneOfEach(stack: TestStack, customer: Customer): Promise<void> {
  const row = await onboardingOf(stack, customer);
  expect(await brokerAccounts(stack, customer)).toMatchObject([{ id: row.alpaca_account_id }]);
  const atCircle = await circleWallets(stack, customer);
  expect(atCircle.map((wallet) => wallet.id).sort()).toEqual(
    row.wallets.map((wallet) => wallet.circle_wallet_id).sort(),
  );
  expect(atCircle).toHaveLength(4);
}
