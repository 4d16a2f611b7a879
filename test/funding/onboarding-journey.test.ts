/** Onboarding as customers live it: from the application to an open account with four wallets, or to a clear no. */
import type { Client } from '@temporalio/client';
import { createTemporalClient } from '../../temporal/client.ts';
import {
  apply,
  type Customer,
  newCustomer,
  onboardingOf,
  QUICK_ONBOARDING,
  reached,
  setOnboardingPolicy,
  upload,
  walletsActive,
} from '../support/applicant.ts';
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let client: Client;

beforeAll(async () => {
  stack = await startStack();
  // A second question is taken from the broker's event; the grace would hide it for the whole test.
  await setOnboardingPolicy(stack, { ...QUICK_ONBOARDING, documentGraceSeconds: 600 });
  client = await createTemporalClient(stack.config);
});
afterAll(async () => {
  await client?.connection.close();
  await stack?.stop();
});

const kyc = async (customer: Customer) =>
  (await stack.call('GET', '/v1/me/kyc', { token: customer.token })).body;

async function events(customer: Customer): Promise<string[]> {
  const { rows } = await stack.database.pool.query<{ event: string }>(
    "select event from lifecycle_events where subject_id = $1 and lifecycle = 'kyc' order by id",
    [customer.id],
  );
  return rows.map((row) => row.event);
}

async function notices(customer: Customer): Promise<string[]> {
  const { rows } = await stack.database.pool.query<{ kind: string }>(
    'select kind from notifications where user_id = $1 order by created_at',
    [customer.id],
  );
  return rows.map((row) => row.kind);
}

async function ended(customer: Customer): Promise<void> {
  await client.workflow.getHandle(`onboarding:${customer.id}`).result();
}

async function brokerAccounts(email: string): Promise<{ id: string }[]> {
  const { base_url, key, secret } = stack.sandbox.facts.alpaca;
  const headers = { authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}` };
  const answer = await fetch(`${base_url}/v1/accounts?query=${encodeURIComponent(email)}`, { headers });
  return (await answer.json()) as { id: string }[];
}

test('an application becomes an open account with a wallet on each chain, and the run ends', async () => {
  const customer = await newCustomer(stack);
  expect((await kyc(customer)).status).toBe('not_started');
  await apply(stack, customer);
  await reached(stack, customer, 'approved');
  const { wallets, alpaca_account_id } = await walletsActive(stack, customer);
  await ended(customer);
  expect(wallets.map((wallet) => wallet.chain)).toEqual(['base', 'ethereum', 'polygon', 'solana']);
  expect(new Set(wallets.map((wallet) => wallet.circle_wallet_id)).size).toBe(4);
  expect(await brokerAccounts(customer.application.email_address)).toMatchObject([{ id: alpaca_account_id }]);
  expect(await events(customer)).toEqual(['submitted', 'approved']);
  expect(await notices(customer)).toEqual(['kyc.approved']);
  expect((await kyc(customer)).missing).toEqual(['passcode']);
});

test('a customer without a verified phone number gives one; nobody gives another than the verified one', async () => {
  const verified = await newCustomer(stack);
  const customer = await newCustomer(stack);
  await stack.database.pool.query('update users set phone_number = null where id = $1', [customer.id]);
  const send = (who: Customer, change: object) =>
    stack.call('POST', '/v1/me/kyc', { token: who.token, body: { ...who.application, ...change } });
  const phone_number = '+15005550006';
  for (const answer of [await send(customer, {}), await send(verified, { phone_number })]) {
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([{ in: 'body', pointer: '/phone_number' }]);
  }
  expect((await kyc(customer)).status).toBe('not_started');
  await apply(stack, customer, { ...customer.application, phone_number });
  await reached(stack, customer, 'approved');
  expect(await brokerAccounts(customer.application.email_address)).toMatchObject([
    { contact: { phone_number } },
  ]);
  await apply(stack, verified, { ...verified.application, phone_number: verified.phone });
  await reached(stack, verified, 'approved');
});

test('the answer to a second application is that none is open', async () => {
  const customer = await newCustomer(stack);
  await apply(stack, customer);
  const again = await stack.call('POST', '/v1/me/kyc', { token: customer.token, body: customer.application });
  expect(again).toMatchObject({ status: 409, body: { code: 'kyc_not_open' } });
  await reached(stack, customer, 'approved');
  expect(await events(customer)).toEqual(['submitted', 'approved']);
});

test('what the broker asks for is asked of the customer, as often as the broker asks', async () => {
  const customer = await newCustomer(stack, { family_name: 'ActionRequiredTwice' });
  await apply(stack, customer);
  await reached(stack, customer, 'action_required');
  expect(await kyc(customer)).toMatchObject({
    missing: expect.arrayContaining(['document:IDENTITY_VERIFICATION']),
    asks: [
      {
        code: 'IDENTITY_VERIFICATION',
        message: 'Please send a photo of your government ID card or passport.',
        documents: ['identity_verification'],
      },
    ],
  });
  expect(await upload(stack, customer, 'identity_verification')).toBe(202);
  await eventually('the broker asked again', async () => {
    const asked = (await events(customer)).filter((event) => event === 'document_required');
    return asked.length === 2;
  });
  await reached(stack, customer, 'action_required');
  expect(await upload(stack, customer, 'identity_verification')).toBe(202);
  await reached(stack, customer, 'approved');
  expect(await events(customer)).toEqual([
    ...['submitted', 'document_required', 'resubmitted', 'document_required', 'resubmitted', 'approved'],
  ]);
  const { rows } = await stack.database.pool.query(
    'select sealed_content, sent_at from kyc_documents where user_id = $1',
    [customer.id],
  );
  expect(rows).toHaveLength(2);
  for (const row of rows) expect(row).toEqual({ sealed_content: null, sent_at: expect.any(Date) });
});

test('a document that nobody asked for is not taken, and not kept', async () => {
  const customer = await newCustomer(stack);
  expect(await upload(stack, customer, 'identity_verification')).toBe(409);
  await apply(stack, customer);
  await reached(stack, customer, 'approved');
  expect(await upload(stack, customer, 'identity_verification')).toBe(409);
  const { rowCount } = await stack.database.pool.query('select from kyc_documents where user_id = $1', [
    customer.id,
  ]);
  expect(rowCount).toBe(0);
});

test('a rejected application ends, and the customer is told', async () => {
  const customer = await newCustomer(stack, { family_name: 'Rejected' });
  await apply(stack, customer);
  await reached(stack, customer, 'rejected');
  await walletsActive(stack, customer);
  await ended(customer);
  expect(await notices(customer)).toEqual(['kyc.rejected']);
});

test('an application that the broker refuses goes back to the customer, who corrects it', async () => {
  const customer = await newCustomer(stack, { tax_id: '123-45-6789' });
  await apply(stack, customer);
  await eventually('the application is the customer’s again', async () =>
    (await events(customer)).includes('refused'),
  );
  expect(await notices(customer)).toEqual(['kyc.refused']);
  expect((await kyc(customer)).message).toContain('please check your details');
  await apply(stack, customer, { ...customer.application, tax_id: '412-55-7788' });
  await reached(stack, customer, 'approved');
  expect(await events(customer)).toEqual(['submitted', 'refused', 'submitted', 'approved']);
});

test('an e-mail address that somebody else has at the broker is a question for a person', async () => {
  const first = await newCustomer(stack);
  await apply(stack, first);
  await reached(stack, first, 'approved');
  const second = await newCustomer(stack, {
    given_name: 'Grace',
    email_address: first.application.email_address,
  });
  await apply(stack, second);
  await eventually('a person is asked', async () =>
    (await onboardingOf(stack, second)).reviews.includes('broker_email_taken'),
  );
  expect((await onboardingOf(stack, second)).alpaca_account_id).toBeNull();

  const { rows } = await stack.database.pool.query<{ id: string }>(
    'select id from reviews where user_id = $1 and decided_at is null',
    [second.id],
  );
  const staff = await newCustomer(stack);
  await stack.database.pool.query("update users set role = 'admin' where id = $1", [staff.id]);
  const decide = async (decision: string) =>
    stack.call('POST', `/v1/admin/reviews/${rows[0]?.id}/decision`, {
      token: await stack.token(staff.id, 'admin'),
      body: { decision, note: 'The customer has another address.' },
    });
  expect(await decide('ask_correction')).toMatchObject({ status: 200 });
  await reached(stack, second, 'not_started');
  await apply(stack, second, {
    ...second.application,
    email_address: `own.${first.application.email_address}`,
  });
  await reached(stack, second, 'approved');
});

test('an account that the broker closes later is closed here, and one that it asks about is reopened', async () => {
  const closed = await newCustomer(stack);
  const asked = await newCustomer(stack);
  for (const customer of [closed, asked]) {
    await apply(stack, customer);
    await reached(stack, customer, 'approved');
    await walletsActive(stack, customer);
    await ended(customer);
  }
  const account = async (customer: Customer) => (await onboardingOf(stack, customer)).alpaca_account_id;
  await stack.sandbox.control('POST', `/control/alpaca/accounts/${await account(closed)}/status`, {
    status: 'ACCOUNT_CLOSED',
  });
  await stack.sandbox.control('POST', `/control/alpaca/accounts/${await account(asked)}/status`, {
    status: 'ACTION_REQUIRED',
    kyc_results: { reject: {}, accept: {}, indeterminate: { ADDRESS_VERIFICATION: {} } },
  });
  await reached(stack, closed, 'rejected');
  expect(await notices(closed)).toEqual(['kyc.approved', 'kyc.closed']);
  await reached(stack, asked, 'action_required');
  expect(await upload(stack, asked, 'address_verification')).toBe(202);
  await reached(stack, asked, 'approved');
  expect(await events(asked)).toEqual([
    'submitted',
    'approved',
    'document_required',
    'resubmitted',
    'approved',
  ]);
});

test('a status that we do not know is read by a person, and changes nothing', async () => {
  const customer = await newCustomer(stack, { family_name: 'NeverDecided' });
  await apply(stack, customer);
  const { alpaca_account_id } = await eventually('the account is open', async () => {
    const row = await onboardingOf(stack, customer);
    return row.alpaca_account_id !== null && row;
  });
  await stack.sandbox.control('POST', `/control/alpaca/accounts/${alpaca_account_id}/status`, {
    status: 'INACTIVE',
  });
  await eventually('a person is asked', async () =>
    (await onboardingOf(stack, customer)).reviews.includes('broker_status_unknown'),
  );
  expect((await onboardingOf(stack, customer)).kyc_status).toBe('pending');
  await stack.sandbox.control('POST', `/control/alpaca/accounts/${alpaca_account_id}/status`, {
    status: 'APPROVED',
  });
  await reached(stack, customer, 'approved');
  expect((await onboardingOf(stack, customer)).reviews).toEqual([]);
});
