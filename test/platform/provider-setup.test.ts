/** Provider set-up against the sandbox: what is missing is made, once, and repaired when it is gone. */

import type { Client } from '@temporalio/client';
import { createTemporalClient } from '../../temporal/client.ts';
import { startSystemWorkflows } from '../../temporal/system-workflows.ts';
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';

interface SetupResult {
  wallet_set_id: string;
  mint_addresses: Record<string, string>;
}

let stack: TestStack;
let client: Client;

beforeAll(async () => {
  stack = await startStack();
  client = await createTemporalClient(stack.config);
});
afterAll(async () => {
  await client?.connection.close();
  await stack?.stop();
});

const setUp = (): Promise<SetupResult> => client.workflow.getHandle('provider-setup:main').result();

async function requests(operation: string): Promise<number> {
  const path = `/control/requests?operation=${operation}&limit=1000`;
  return (await stack.sandbox.control<{ data: unknown[] }>('GET', path)).data.length;
}

test('the first worker makes the wallet sets, the addresses and the subscriptions', async () => {
  const result = await setUp();
  expect(Object.keys(result.mint_addresses).sort()).toEqual(['base', 'ethereum', 'polygon', 'solana']);
  const { rows } = await stack.database.pool.query('select name, value from provider_facts order by name');
  expect(rows.map((row: { name: string }) => row.name)).toEqual([
    'circle_subscription',
    'circle_treasury_wallet_set',
    'circle_wallet_set',
    'mint_subscription',
  ]);
  expect(rows.find((row: { name: string }) => row.name === 'circle_wallet_set').value).toBe(
    result.wallet_set_id,
  );
});

test('another start of a worker makes nothing twice', async () => {
  const before = await setUp();
  const made = await requests('circle.createWalletSet');
  await Promise.all([startSystemWorkflows(client, stack.config), startSystemWorkflows(client, stack.config)]);
  expect(await setUp()).toEqual(before);
  expect(await requests('circle.createWalletSet')).toBe(made);
  // One for the customers' wallets, one for our own.
  expect(made).toBe(2);
});

test('dollars that stood at Alpaca before the first booking are our own float, counted once', async () => {
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '5000.00' });
  for (let start = 0; start < 2; start += 1) {
    await startSystemWorkflows(client, stack.config);
    await setUp();
  }
  const { rows } = await stack.database.pool.query(
    `select kind, balance::text from ledger_account_balances
     where kind in ('alpaca_firm', 'company_float') order by kind`,
  );
  expect(rows).toEqual([
    { kind: 'alpaca_firm', balance: '5000000000' },
    { kind: 'company_float', balance: '5000000000' },
  ]);
});

test('what a company does not take is tried until it does, and holds up nothing else', async () => {
  const circle = stack.sandbox.facts.circle;
  const headers = { authorization: `Bearer ${circle.api_key}` };
  const answer = await fetch(`${circle.base_url}/v2/notifications/subscriptions`, { headers });
  const { data } = (await answer.json()) as { data: { id: string }[] };
  for (const { id } of data)
    await fetch(`${circle.base_url}/v2/notifications/subscriptions/${id}`, { method: 'DELETE', headers });
  // Circle asks the endpoint, and the API is not up yet.
  await stack.api.stop();
  await startSystemWorkflows(client, stack.config);
  const handle = client.workflow.getHandle('provider-setup:main');
  await eventually('only the subscriptions are missing, and the card says why', async () => {
    const { raw } = await handle.describe();
    const metadata = await handle.query('__temporal_workflow_metadata');
    const card = (metadata as { currentDetails?: string }).currentDetails ?? '';
    expect(raw.pendingActivities?.map(({ activityType }) => activityType?.name) ?? []).not.toContain(
      'openFirmFloat',
    );
    expect(card).toMatch(
      /\| Circle: send transaction webhooks to the API \| .*does not answer HEAD requests/,
    );
    return true;
  });
  await stack.api.restart();
  await setUp();
  const { rows } = await stack.database.pool.query(
    `select name from provider_facts where name like '%_subscription' order by name`,
  );
  expect(rows).toEqual([{ name: 'circle_subscription' }, { name: 'mint_subscription' }]);
});

test('a subscription that is gone is made anew, and one that is there is left alone', async () => {
  const { base_url, api_key } = stack.sandbox.facts.circle;
  const headers = { authorization: `Bearer ${api_key}` };
  const list = async () => {
    const answer = await fetch(`${base_url}/v2/notifications/subscriptions`, { headers });
    return ((await answer.json()) as { data: { id: string; endpoint: string }[] }).data;
  };
  const [before] = await list();
  expect(before?.endpoint).toBe(`${stack.config.api.publicUrl}/v1/webhooks/circle`);
  await fetch(`${base_url}/v2/notifications/subscriptions/${before?.id}`, { method: 'DELETE', headers });
  for (let start = 0; start < 2; start += 1) {
    await startSystemWorkflows(client, stack.config);
    await setUp();
  }
  const after = await list();
  expect(after.map((one) => one.endpoint)).toEqual([before?.endpoint]);
  expect(after[0]?.id).not.toBe(before?.id);
});
