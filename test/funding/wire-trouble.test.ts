/** Whatever banks and companies do with a wire: it is sent once, and ends where its money is. */
import { balanceOf, expectCleanLedger, payments } from '../support/books.ts';
import { eventually } from '../support/eventually.ts';
import { mirrors } from '../support/mirrors.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { fundTreasury, type Treasury, treasuryOf } from '../support/treasury.ts';
import { clearFaults, type Fault, plant, reviewOpens } from '../support/trouble.ts';

let stack: TestStack;
let treasury: Treasury;
beforeAll(async () => {
  stack = await startStack();
  await fundTreasury(stack, { firm: '50000.00', mint: '50000.00' });
  treasury = await treasuryOf(stack);
  await treasury.setPolicy();
});
afterEach(async () => {
  await clearFaults(stack);
  await expectCleanLedger(stack.database.pool);
  await eventually('our books and theirs are the same', async () => {
    const { ours, theirs } = await mirrors(stack, []);
    expect(ours).toEqual(theirs);
    return true;
  });
});
afterAll(async () => {
  await treasury?.close();
  await stack?.stop();
});

const inFlight = () => balanceOf(stack.database.pool, 'wires_in_flight');

let cents = 0;
/** An amount that no other wire of this file has: what was paid for it can be told apart. */
function amount(): string {
  cents += 1;
  return `100.${String(cents).padStart(2, '0')}`;
}

async function paid(wanted: string): Promise<number> {
  const all = await payments(stack);
  return all.filter((one) => Number(one.amount) === Number(wanted) && one.effective).length;
}

const SENDERS = [
  { kind: 'mint_to_alpaca', company: 'mint', operation: 'mint.createPayout', arrivals: 1 },
  // At Alpaca the outgoing wire is a payment; at Mint the deposit is none that was asked for.
  { kind: 'alpaca_to_mint', company: 'alpaca', operation: 'alpaca.createTransfer', arrivals: 0 },
] as const;

test.each(['error', 'cut_before'])(
  'Alpaca answers the order with %s, twice: the money moves once',
  async (kind) => {
    const wanted = amount();
    await plant(stack, { company: 'alpaca', operation: 'alpaca.createTransfer', kind, count: 2 });
    await treasury.reaches(await treasury.wire('alpaca_to_mint', wanted), 'complete', 40_000);
    expect(await paid(wanted)).toBe(1);
    expect(await inFlight()).toBe(0n);
  },
);

test('a refused order that a person rejects is canceled: nothing has moved', async () => {
  await plant(stack, {
    ...{ company: 'mint', operation: 'mint.createPayout', kind: 'refuse', status: 422 },
    body: { code: 1, message: 'no' },
  });
  const wanted = amount();
  const id = await treasury.wire('mint_to_alpaca', wanted);
  await decide((await reviewOpens(stack, id, 'wire_refused')).id, 'reject');
  await treasury.reaches(id, 'canceled');
  expect(await paid(wanted)).toBe(0);
});

const payout = (kind: string): Fault => ({ company: 'mint', operation: 'mint.payout', kind });

test('a returned wire tells people why, and the next one of its kind needs two of them', async () => {
  await treasury.setPolicy({ cautionSeconds: 3600 });
  await plant(stack, payout('return'));
  const id = await treasury.wire('mint_to_alpaca', amount());
  await treasury.reaches(id, 'returned');
  expect((await reviewOpens(stack, id, 'wire_returned')).detail).toMatch(/sent the wire back/);
  await treasury.setPolicy({ cautionSeconds: 3600, alpacaLowUsd: '60000', alpacaTargetUsd: '61000' });
  await treasury.round();
  const next = (await treasury.wires()).at(-1);
  expect(next).toMatchObject({ status: 'awaiting_approval', approvals_needed: 2 });
  expect(next?.reason).toMatch(/last wire of this kind failed or came back/);
  await treasury.setPolicy();
  await stack.call('POST', `/v1/admin/wires/${next?.id}/approvals`, {
    token: await treasury.staff('one'),
    body: { decision: 'reject', note: 'Not now.' },
  });
  await treasury.reaches(next?.id ?? '', 'canceled');
});

test.each(SENDERS)(
  '$kind: the worker is killed when $company has taken the order and not answered: it is ordered once',
  async ({ kind, company, operation, arrivals }) => {
    const wanted = amount();
    await plant(stack, { company, operation, kind: 'timeout_after', delay_ms: 60_000 });
    const id = await treasury.wire(kind, wanted);
    await eventually('the order is there', async () =>
      (await payments(stack)).some((one) => Number(one.amount) === Number(wanted)),
    );
    await stack.worker.kill();
    await stack.worker.restart();
    await treasury.reaches(id, 'complete', 60_000);
    expect(await paid(wanted)).toBe(1 + arrivals);
  },
);

test('every event lost: look-ups find out', async () => {
  await plant(stack, { company: 'mint', operation: 'mint.event.*', kind: 'drop_event', count: 100 });
  await plant(stack, {
    company: 'alpaca',
    operation: 'alpaca.event.funding',
    kind: 'drop_event',
    count: 100,
  });
  const ids = [
    await treasury.wire('mint_to_alpaca', amount()),
    await treasury.wire('alpaca_to_mint', amount()),
  ];
  await Promise.all(ids.map((id) => treasury.reaches(id, 'complete')));
});

test('a wire that takes too long: a person is asked, and it still ends by itself', async () => {
  await treasury.setPolicy({ wireTakesSeconds: 0.1, overdueAfterSeconds: 0.2 });
  await plant(stack, payout('pending'));
  const id = await treasury.wire('mint_to_alpaca', amount());
  await treasury.setPolicy();
  await reviewOpens(stack, id, 'wire_overdue');
  const { provider_ref } = await treasury.reaches(id, 'initiated');
  await stack.sandbox.control('POST', `/control/mint/payouts/${provider_ref}/state`, { state: 'complete' });
  await treasury.reaches(id, 'complete');
});

test('a firm wire that comes back late: its money stands in suspense, and a person is asked', async () => {
  const wanted = amount();
  const id = await treasury.wire('alpaca_to_mint', wanted);
  const { provider_ref } = await treasury.reaches(id, 'complete');
  await stack.sandbox.control('POST', `/control/alpaca/transfers/${provider_ref}/status`, {
    status: 'RETURNED',
    reason: 'account closed',
  });
  expect((await treasury.reaches(id, 'returned')).failure_reason).toBe('account closed');
  await reviewOpens(stack, id, 'wire_returned_late');
  const suspense = await balanceOf(stack.database.pool, 'reconciliation_suspense_usd');
  expect(suspense).toBe(BigInt(Math.round(Number(wanted) * 100)) * 10_000n);
});

async function decide(reviewId: string, decision: 'retry' | 'reject'): Promise<void> {
  const { status, body } = await stack.call('POST', `/v1/admin/reviews/${reviewId}/decision`, {
    token: await treasury.staff('decider', 'support'),
    body: { decision, note: 'Looked at by the test.' },
  });
  if (status !== 200) throw new Error(JSON.stringify(body));
}
