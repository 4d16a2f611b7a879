/** Requests for withdrawals over HTTP: exact under any number at once, one effect for one key. */
import { randomUUID } from 'node:crypto';
import { createTemporalClient } from '../../temporal/client.ts';
import { balanceOf, expectCleanLedger } from '../support/books.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import {
  createWithdrawer,
  freshAddress,
  setSetting,
  type Withdrawer,
  withdraw,
} from '../support/withdrawer.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack();
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '100000.00' });
  await setSetting(stack, 'address_policy', { coolDownSeconds: 0, retryAfterSeconds: [0.3] });
  await setSetting(stack, 'withdrawal_limits', { perHour: 1000, approvalFromUsd: '5000.00' });
}, 120_000);
afterAll(() => stack.stop());

const count = async (what: string, id: string): Promise<number> => {
  const { rows } = await stack.database.pool.query<{ count: number }>(
    `select count(*)::int as count from ${what}`,
    [id],
  );
  return rows[0]?.count ?? -1;
};
/** Everything of the customer, wherever on the way it is; in smallest units. */
const left = async (ada: Withdrawer): Promise<bigint> => {
  const kinds = ['customer_cash', 'customer_held', 'customer_withdrawing', 'customer_outgoing'];
  const balances = await Promise.all(kinds.map((kind) => balanceOf(stack.database.pool, kind, ada.id)));
  return balances.reduce((sum, next) => sum + next, 0n);
};

test('200 withdrawals at once on one balance: the sum is never exceeded and each answer is exact', async () => {
  const ada = await createWithdrawer(stack, '100.00');
  const address_id = await ada.usableAddress();
  const answers = await Promise.all(
    Array.from({ length: 200 }, () => withdraw(stack, ada, { address_id, amount_usd: '3.00' })),
  );
  const taken = answers.filter(({ status }) => status === 201);
  const refused = answers.filter(({ status }) => status !== 201);
  expect(taken).toHaveLength(33);
  expect(new Set(taken.map(({ body }) => body.id)).size).toBe(33);
  for (const { status, body } of refused) {
    expect({ status, code: body.code, detail: body.detail, left: body.figures?.withdrawable_usd }).toEqual({
      status: 409,
      code: 'insufficient_funds',
      detail: '1.00 USD can be withdrawn.',
      left: '1.00',
    });
  }
  expect(await count('withdrawals where user_id = $1', ada.id)).toBe(33);
  expect(await balanceOf(stack.database.pool, 'customer_cash', ada.id)).toBe(1_000_000n);
  await expectCleanLedger(stack.database.pool);
}, 240_000);

test('the same key sent 50 times has one effect and one answer', async () => {
  const ada = await createWithdrawer(stack, '100.00');
  const body = { address_id: await ada.usableAddress(), amount_usd: '40.00' };
  const key = randomUUID();
  const answers = await Promise.all(Array.from({ length: 50 }, () => withdraw(stack, ada, body, key)));
  expect(new Set(answers.map((answer) => `${answer.status} ${answer.body.id}`)).size).toBe(1);
  expect(answers[0]).toMatchObject({ status: 201, body: { amount_usd: '40.00' } });
  expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true').length).toBe(49);
  expect(await count('withdrawals where user_id = $1', ada.id)).toBe(1);
  expect(await balanceOf(stack.database.pool, 'customer_cash', ada.id)).toBe(60_000_000n);
  expect(await withdraw(stack, ada, { ...body, amount_usd: '41.00' }, key)).toMatchObject({
    status: 422,
    body: { code: 'idempotency_key_reused' },
  });
}, 120_000);

test('a refused request leaves no row, no hold and no running workflow', async () => {
  const ada = await createWithdrawer(stack, '10.00');
  const address_id = await ada.usableAddress();
  const key = randomUUID();
  expect(await withdraw(stack, ada, { address_id, amount_usd: '10.01' }, key)).toMatchObject({
    status: 409,
    body: {
      code: 'insufficient_funds',
      figures: { withdrawable_usd: '10.00', requested_usd: '10.01', held_usd: '0.00', unsettled_usd: '0.00' },
    },
  });
  expect(await count('withdrawals where user_id = $1', ada.id)).toBe(0);
  expect(await left(ada)).toBe(10_000_000n);
  const temporal = await createTemporalClient(stack.config);
  const running = temporal.workflow.list({
    query: `SluiceUserId = '${ada.id}' and SluiceLifecycle = 'withdrawal' and ExecutionStatus = 'Running'`,
  });
  const ids: string[] = [];
  for await (const { workflowId } of running) ids.push(workflowId);
  await temporal.connection.close();
  expect(ids).toEqual([]);
});

test('the fee and what arrives are those of the quote, and add up to the amount', async () => {
  const ada = await createWithdrawer(stack, '100.00');
  const address_id = await ada.usableAddress();
  const call = { token: ada.token, body: { chain: 'base', amount_usd: '12.34' } };
  const quote = await stack.call('POST', '/v1/withdrawals/quote', call);
  // 0.20 and ten basis points of 12.34, which is 0.01234: cut to whole cents.
  expect(quote).toMatchObject({
    status: 200,
    body: {
      amount_usd: '12.34',
      fee_usd: '0.21',
      net_usdc: '12.13',
      approval_needed: false,
      beneficiary_needed: false,
      withdrawable: { withdrawable_usd: '100.00', settled_usd: '100.00', enough: true, obstacles: [] },
    },
  });
  // The fee changes between the quote and the request: what was quoted holds.
  await setSetting(stack, 'withdrawal_fees', { baseFlatUsd: '9.00', baseBps: 0 });
  const body = { address_id, amount_usd: '12.34', quote: quote.body.quote };
  const taken = await withdraw(stack, ada, body);
  await setSetting(stack, 'withdrawal_fees', {});
  expect(taken).toMatchObject({ status: 201, body: { fee_usd: '0.21', net_usdc: '12.13' } });
  for (const wrong of [
    { ...body, amount_usd: '12.35' },
    { ...body, quote: 'made.up' },
  ]) {
    expect(await withdraw(stack, ada, wrong)).toMatchObject({
      status: 422,
      body: { code: 'quote_not_valid' },
    });
  }
});

test('amounts that are no withdrawal, and addresses that are not the customer’s', async () => {
  const [ada, eve] = [await createWithdrawer(stack, '10.00'), await createWithdrawer(stack)];
  const address_id = await ada.usableAddress();
  for (const amount_usd of ['0.99', '50000.01']) {
    expect(await withdraw(stack, ada, { address_id, amount_usd })).toMatchObject({
      status: 422,
      body: { code: 'amount_out_of_range', figures: { least_usd: '1.00', most_usd: '50000.00' } },
    });
  }
  for (const amount_usd of ['1.001', '-1', '1e3', 'x', '']) {
    expect((await withdraw(stack, ada, { address_id, amount_usd })).body.code).toBe('validation_failed');
  }
  expect((await withdraw(stack, eve, { address_id, amount_usd: '1.00' })).status).toBe(404);
  const noPasscode = { token: ada.token, confirmed: {} };
  expect((await withdraw(stack, noPasscode, { address_id, amount_usd: '2.00' })).body.code).toBe(
    'step_up_required',
  );
  expect(await left(ada)).toBe(10_000_000n);
});

test('a limit says what is left and when it is more; the same key goes through later', async () => {
  const ada = await createWithdrawer(stack, '100.00');
  const address_id = await ada.usableAddress();
  await setSetting(stack, 'withdrawal_limits', { perHour: 1000, perDayUsd: '30.00' });
  expect((await withdraw(stack, ada, { address_id, amount_usd: '20.00' })).status).toBe(201);
  const key = randomUUID();
  const answer = await withdraw(stack, ada, { address_id, amount_usd: '10.01' }, key);
  expect(answer).toMatchObject({
    status: 409,
    body: { code: 'limit_exceeded', figures: { limit: 'day', remaining_usd: '10.00', used_usd: '20.00' } },
  });
  const hours = (Date.parse(answer.body.figures.resets_at) - Date.now()) / 3_600_000;
  expect(Math.round(hours)).toBe(24);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(23 * 3600);
  const quote = await stack.call('POST', '/v1/withdrawals/quote', {
    token: ada.token,
    body: { chain: 'base', amount_usd: '15.00' },
  });
  expect(quote.body.withdrawable).toMatchObject({
    withdrawable_usd: '10.00',
    enough: false,
    obstacles: expect.arrayContaining([expect.objectContaining({ code: 'limit_day' })]),
  });
  await setSetting(stack, 'withdrawal_limits', { perHour: 1000 });
  expect((await withdraw(stack, ada, { address_id, amount_usd: '10.01' }, key)).status).toBe(201);
});

test('a stopped rail refuses new requests at once and says nothing of why', async () => {
  const ada = await createWithdrawer(stack, '10.00');
  const address_id = await ada.usableAddress(freshAddress(), 'polygon');
  await stack.database.pool.query(
    `insert into switches (key, off, reason) values ('chain:polygon', true, 'an incident of ours')`,
  );
  const answer = await withdraw(stack, ada, { address_id, amount_usd: '5.00' });
  expect(answer).toMatchObject({ status: 503, body: { code: 'withdrawals_paused' } });
  expect(JSON.stringify(answer.body)).not.toContain('incident');
  expect(await left(ada)).toBe(10_000_000n);
});
