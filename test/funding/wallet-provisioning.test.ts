/** Wallets: one per chain for a customer, whatever happens to the calls that make them. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createWalletActivities } from '../../activities/funding/wallet.ts';
import { idempotencyKey } from '../../activities/idempotency-key.ts';
import { createCircleClient } from '../../activities/providers/circle/client.ts';
import { type Database, openDatabase } from '../../db/client.ts';
import type { Chain } from '../../domain/funding/chain.ts';
import { newCustomer } from '../support/applicant.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let database: Database;
let walletSetId: string;

beforeAll(async () => {
  stack = await startStack({ start: [] });
  database = openDatabase({ url: stack.database.url });
  const key = idempotencyKey('test', 'wallet-set');
  walletSetId = (await circle().createWalletSet({ idempotencyKey: key, name: 'test' })).id;
});
afterAll(async () => {
  await database?.close();
  await stack?.stop();
});
beforeEach(async () => {
  await stack.database.pool.query("delete from provider_facts where name = 'circle_wallet_set'");
});

const circle = () => createCircleClient(stack.config.circle);
/** Gives up after two seconds: for calls that are never answered. */
const hasty = () => createCircleClient(stack.config.circle, { timeouts: { readMs: 2_000, writeMs: 2_000 } });
const setUp = () =>
  stack.database.pool.query("insert into provider_facts (name, value) values ('circle_wallet_set', $1)", [
    walletSetId,
  ]);

async function walletRow(userId: string, chain: Chain): Promise<string> {
  const { rows } = await stack.database.pool.query<{ id: string }>(
    'insert into wallets (user_id, chain) values ($1, $2) returning id',
    [userId, chain],
  );
  return rows[0]?.id ?? '';
}

/** One attempt, as the engine makes it. */
function attempt(
  userId: string,
  walletId: string,
  chain: Chain,
  number: number,
  client = circle(),
): Promise<unknown> {
  const { createWallet } = createWalletActivities({ circle: client, database });
  const environment = new MockActivityEnvironment(
    { attempt: number },
    { logger: new DefaultLogger('ERROR') },
  );
  return environment.run(createWallet, { user_id: userId, wallet_id: walletId, chain });
}

async function operation(walletId: string) {
  const { rows } = await stack.database.pool.query(
    'select state, idempotency_key, provider_reference from provider_operations where subject_id = $1',
    [walletId],
  );
  return rows[0];
}

test('a wallet waits for the wallet set instead of failing', async () => {
  const { id } = await newCustomer(stack);
  const wallet = await walletRow(id, 'base');
  await expect(attempt(id, wallet, 'base', 1)).rejects.toMatchObject({
    type: 'Unavailable',
    nonRetryable: false,
  });
  await setUp();
  await attempt(id, wallet, 'base', 2);
  const { rows } = await stack.database.pool.query('select status, address from wallets where id = $1', [
    wallet,
  ]);
  expect(rows).toEqual([{ status: 'active', address: expect.stringMatching(/^0x[0-9a-fA-F]{40}$/) }]);
});

test('a call that timed out after its effect is looked up, not repeated', async () => {
  await setUp();
  const { id } = await newCustomer(stack);
  const wallet = await walletRow(id, 'solana');
  await stack.sandbox.control('POST', '/control/faults', {
    ...{ company: 'circle', operation: 'circle.createWallets', kind: 'timeout_after', count: 1 },
  });
  await expect(attempt(id, wallet, 'solana', 1, hasty())).rejects.toMatchObject({ type: 'Unclear' });
  await attempt(id, wallet, 'solana', 2);
  const made = await circle().listWallets({ refId: id });
  expect(made).toHaveLength(1);
  expect(await operation(wallet)).toEqual({
    state: 'succeeded',
    idempotency_key: idempotencyKey(id, 'wallet:solana'),
    provider_reference: made[0]?.id,
  });
}, 30_000);

test('a first attempt again, after the worker died with the answer, finds the same wallet', async () => {
  await setUp();
  const { id } = await newCustomer(stack);
  const wallet = await walletRow(id, 'polygon');
  await attempt(id, wallet, 'polygon', 1);
  await attempt(id, wallet, 'polygon', 1);
  expect(await circle().listWallets({ refId: id })).toHaveLength(1);
  const { rows } = await stack.database.pool.query(
    "select event from lifecycle_events where subject_id = $1 and lifecycle = 'wallet'",
    [wallet],
  );
  expect(rows).toEqual([{ event: 'created' }]);
});
