/** What staff do with a break, and what a lifecycle hears when a company changed its mind and nobody told us. */
import { balanceOf } from '../support/books.ts';
import { type Customer, createCustomer } from '../support/customer.ts';
import { openFirmFloat, reconcile, reconcileWithoutPatience, staffToken } from '../support/reconciliation.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { moveJournal, plant } from '../support/trouble.ts';

let stack: TestStack;
let customer: Customer;
let support: string;
let admin: string;

beforeAll(async () => {
  stack = await startStack();
  await openFirmFloat(stack, '5000.00');
  await reconcileWithoutPatience(stack);
  customer = await createCustomer(stack);
  [support, admin] = await Promise.all([staffToken(stack), staffToken(stack, 'admin')]);
});
afterAll(() => stack.stop());

const BREAKS = '/v1/admin/reconciliation/breaks';
const resolve = (id: string, token: string, body: object) =>
  stack.call('POST', `${BREAKS}/${id}/resolve`, { token, body: { note: 'The bank confirmed it.', ...body } });

test('dollars that somebody wired are posted to our own money by two people', async () => {
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '700.00' });
  const { breaks } = await reconcile(stack, support);
  expect(breaks).toMatchObject([
    { kind: 'extra', account: 'alpaca_firm', difference: '700.00', status: 'open' },
  ]);
  const { id } = breaks[0]!;
  const noted = await stack.call('POST', `${BREAKS}/${id}/note`, {
    token: support,
    body: { note: 'Asked the bank.' },
  });
  expect(noted.body.notes).toMatchObject([{ note: 'Asked the bank.' }]);
  const posting = { by: 'posting', counter: 'company' };
  expect((await resolve(id, support, posting)).body).toMatchObject({
    status: 'open',
    proposal: { by: 'posting' },
  });
  expect(await resolve(id, support, posting)).toMatchObject({
    status: 409,
    body: { code: 'second_person_required' },
  });
  expect(await resolve(id, admin, { by: 'explanation' })).toMatchObject({
    status: 409,
    body: { code: 'decision_refused' },
  });
  expect((await resolve(id, admin, posting)).body).toMatchObject({
    status: 'resolved',
    resolution: 'posting',
  });
  expect(await balanceOf(stack.database.pool, 'company_float')).toBe(5_700_000_000n);
  expect((await reconcile(stack, support)).breaks).toEqual([]);
  const metrics = await fetch(`${stack.config.api.publicUrl}/metrics`);
  const text = await metrics.text();
  expect(text).toMatch(/sluice_money_conservation\{asset="USD"\} 0\n/);
  expect(text).toMatch(/sluice_reconciliation_unexplained\{asset="USD"\} 0\n/);
});

test('a journal that was corrected while nobody listened: the deposit hears of it, and the break closes', async () => {
  await customer.receive({ amount: '40.00' });
  const { id, broker_journal_ref } = await customer.depositReaches('broker_funded');
  await plant(stack, {
    company: 'alpaca',
    operation: 'alpaca.streamJournals',
    kind: 'refuse',
    count: 100_000,
  });
  await stack.sandbox.control('POST', '/control/alpaca/streams/disconnect', { stream: 'journals' });
  await moveJournal(stack, broker_journal_ref, 'correct');
  await reconcile(stack, support);
  expect(await customer.depositReaches('returned')).toMatchObject({ id });
  expect((await reconcile(stack, support)).breaks).toEqual([]);
});
