/** Addresses and people that come onto a sanctions list while a withdrawal is under way. */
import type { Client } from '@temporalio/client';
import { sanctionsNameKey } from '../../domain/funding/sanctions.ts';
import { approveByTwo } from '../support/approval.ts';
import { movedAt, paymentsFor } from '../support/books.ts';
import { eventually } from '../support/eventually.ts';
import { receivedAt, type Spender, setWithdrawalPolicy } from '../support/money-out.ts';
import { CASH, spendingStage } from '../support/spending-stage.ts';
import type { TestStack } from '../support/stack.ts';
import { clearFaults, confirm, decide, plant, type ReviewRow, reviewOpens } from '../support/trouble.ts';

const stage = spendingStage();
const { cash, sameBooks } = stage;

let stack: TestStack;
let temporal: Client;
let customer: Spender;
beforeEach(() => {
  ({ stack, temporal, customer } = stage);
});

const moved = (id: string) => movedAt(stack, id);

/** The address comes onto a list. */
async function list(address: string): Promise<void> {
  await stack.database.pool.query(
    `insert into sanctioned_addresses (address_key, list, reference) values (lower($1), 'TEST LIST', '1')`,
    [address],
  );
}

/** The journal meets that fault until a person is asked, and the customer comes onto a list; answers the hit. */
async function customerListedWhile(kind: string, fullName: string): Promise<{ id: string; hit: ReviewRow }> {
  await setWithdrawalPolicy(stack, { giveUpAfterSeconds: 1 });
  const { pool } = stack.database;
  await pool.query('update users set full_name = $2 where id = $1', [customer.id, fullName]);
  await plant(stack, { company: 'alpaca', operation: 'alpaca.createJournal', kind, count: 500 });
  const { id } = await customer.withdraw({ amount: '60.00' });
  const question = await reviewOpens(stack, id, 'journal_unclear');
  await pool.query(`insert into sanctioned_names (name_key, list, reference) values ($1, 'TEST LIST', '2')`, [
    sanctionsNameKey(fullName),
  ]);
  await clearFaults(stack);
  expect((await decide(stack, question.id, 'retry')).status).toBe(200);
  return { id, hit: await reviewOpens(stack, id, 'sanctions_hit') };
}
afterEach(() => stack.database.pool.query(`delete from sanctioned_names where list = 'TEST LIST'`));

test('an address that came onto a sanctions list meanwhile: nothing moves before a person has decided', async () => {
  const { id, address } = await customer.withdraw({ amount: '60.00', needsApproval: true });
  await list(address);
  await approveByTwo(stack, temporal, id);
  const review = await reviewOpens(stack, id, 'sanctions_hit');
  expect(await paymentsFor(stack, id)).toEqual([]);
  expect((await decide(stack, review.id, 'refund')).status).toBe(200);
  await customer.withdrawalReaches(id, 'failed');
  expect(await cash()).toBe(CASH);
});

test('a name that came onto a list while a person was asked: the lists are asked again', async () => {
  const { id, hit } = await customerListedWhile('unavailable', 'Mallory Listed');
  expect(await moved(id)).toEqual([]);
  // One that a person has cleared is not asked about again.
  expect((await decide(stack, hit.id, 'retry')).status).toBe(200);
  await customer.withdrawalReaches(id, 'complete');
});

test('an address that comes onto a list while Circle is away is not paid when it is back', async () => {
  await setWithdrawalPolicy(stack, { giveUpAfterSeconds: 600 });
  const away = { company: 'circle', operation: 'circle.createTransfer', kind: 'unavailable', count: 500 };
  await plant(stack, away);
  const { id, address } = await customer.withdraw({ amount: '60.00', fee: '0.50' });
  await eventually('Circle was asked again', async () => {
    const { data } = await stack.sandbox.control<{ data: { operation: string; hits: number }[] }>(
      'GET',
      '/control/faults',
    );
    return data.some(({ operation, hits }) => operation === away.operation && hits > 1);
  });
  await list(address);
  await clearFaults(stack);
  const hit = await reviewOpens(stack, id, 'sanctions_hit');
  expect(await receivedAt(stack, 'base', address)).toBe(0n);
  expect(await moved(id)).toEqual(['alpaca']);
  // A person clears it: it is paid, once.
  expect((await decide(stack, hit.id, 'retry')).status).toBe(200);
  await customer.withdrawalReaches(id, 'complete');
  expect(await receivedAt(stack, 'base', address)).toBe(59_500_000n);
  await sameBooks();
});

describe('nobody knows whether the USDC was sent', () => {
  const EVIDENCE = { company_answer: 'Case 4711' };

  /** A withdrawal whose transfer is asked for with that fault, until a person is asked; then the address is listed. */
  async function listedWhileUnclear(
    kind: string,
  ): Promise<{ id: string; address: string; question: ReviewRow }> {
    await setWithdrawalPolicy(stack, { giveUpAfterSeconds: 1 });
    const circle = { company: 'circle', count: 500 };
    await plant(stack, { ...circle, operation: 'circle.createTransfer', kind });
    await plant(stack, { ...circle, operation: 'circle.listTransactions', kind: 'unavailable' });
    const { id, address } = await customer.withdraw({ amount: '60.00', fee: '0.50' });
    const question = await reviewOpens(stack, id, 'transfer_unclear');
    await list(address);
    return { id, address, question };
  }

  test('it was not: a look sends nothing, and after two people the dollars come back', async () => {
    const { id, address, question } = await listedWhileUnclear('cut_before');
    await clearFaults(stack);
    expect((await decide(stack, question.id, 'retry')).status).toBe(200);
    const hit = await reviewOpens(stack, id, 'sanctions_hit');
    expect(hit.detail).toMatch(/TEST LIST\. Nobody knows whether the transfer was made/);
    expect((await decide(stack, hit.id, 'refund')).body.detail).toMatch(
      /not known yet whether the last step/,
    );
    expect((await decide(stack, hit.id, 'force_fail')).body.detail).toMatch(/needs evidence/);
    expect((await decide(stack, hit.id, 'force_fail', EVIDENCE)).status).toBe(202);
    expect(await moved(id)).toEqual(['alpaca']);
    expect((await confirm(stack, hit.id)).status).toBe(200);
    const again = await reviewOpens(stack, id, 'sanctions_hit');
    expect(again.detail).toBe('The address stands on the sanctions list TEST LIST.');
    expect((await decide(stack, again.id, 'refund')).status).toBe(200);
    await customer.withdrawalReaches(id, 'refunded');
    expect(await cash()).toBe(CASH);
    expect(await receivedAt(stack, 'base', address)).toBe(0n);
    await sameBooks();
  });

  test('nor whether the dollars left, and the customer is on a list by now: nothing is asked for again', async () => {
    const { id, hit } = await customerListedWhile('cut_before', 'Malice Listed');
    expect(hit.detail).toMatch(/Nobody knows whether the journal was made/);
    await decide(stack, hit.id, 'force_fail', EVIDENCE);
    expect((await confirm(stack, hit.id)).status).toBe(200);
    const again = await reviewOpens(stack, id, 'sanctions_hit');
    expect((await decide(stack, again.id, 'refund')).status).toBe(200);
    await customer.withdrawalReaches(id, 'failed');
    expect(await moved(id)).toEqual([]);
    expect(await cash()).toBe(CASH);
  });

  test('it was: it is found, and nobody is asked about an address that is paid already', async () => {
    const { id, address, question } = await listedWhileUnclear('error_after');
    expect((await decide(stack, question.id, 'force_fail', EVIDENCE)).status).toBe(202);
    await clearFaults(stack);
    // The two were wrong: Circle is asked once more before it counts.
    await confirm(stack, question.id);
    await customer.withdrawalReaches(id, 'complete');
    expect(await receivedAt(stack, 'base', address)).toBe(59_500_000n);
    expect(await moved(id)).toEqual(['alpaca', 'circle']);
    const { rows } = await stack.database.pool.query(
      `select from reviews where subject_id = $1 and reason = 'sanctions_hit'`,
      [id],
    );
    expect(rows).toHaveLength(0);
    await sameBooks();
  });
});
