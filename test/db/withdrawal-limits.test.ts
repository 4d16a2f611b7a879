/** Limits of withdrawals in SQL: the customer's own are exact under their lock, the company's without a hot row. */
import { randomBytes, randomUUID } from 'node:crypto';
import { checksumEvmAddress } from '../../domain/funding/address-rules.ts';
import { withdrawalLimits } from '../../domain/funding/withdrawal-limits.ts';
import {
  addUser,
  balanceOf,
  count,
  expectBooksToBalance,
  type LedgerDatabase,
  openLedgerDatabase,
  post,
  units,
} from './records.ts';

let database: LedgerDatabase;
beforeAll(async () => {
  database = await openLedgerDatabase();
});
afterAll(() => database.drop());
beforeEach(() => database.query('delete from withdrawal_day_totals'));

interface Refusal {
  readonly code: string;
  readonly detail: string;
  readonly figures: Record<string, string | null>;
}
interface Customer {
  readonly id: string;
  readonly addressId: string;
  readonly address: string;
}

const LIMITS = withdrawalLimits({ perHour: 1000, companyPerDayUsd: '1000000.00' });

/** Approved, with cash and an address whose waiting time is over. */
async function customer(cash: string): Promise<Customer> {
  const id = await addUser(database);
  for (const event of ['submitted', 'approved'])
    await database.query(`select transition('kyc', $1, $2, '1')`, [id, event]);
  if (cash !== '0')
    await post(database, `cash:${id}`, [
      { account: 'alpaca_customer', owner: id, amount: units(cash) },
      { account: 'customer_cash', owner: id, amount: `-${units(cash)}` },
    ]);
  const [addressId, address] = [randomUUID(), checksumEvmAddress(`0x${randomBytes(20).toString('hex')}`)];
  await database.query('select address_added($1, $2)', [
    addressId,
    JSON.stringify({
      user_id: id,
      chain: 'base',
      address,
      address_key: address.toLowerCase(),
      label: 'Mine',
      cool_down_seconds: 0,
      most_addresses: 50,
      notice: 'Added.',
    }),
  ]);
  await database.query('select address_checked($1, $2)', [addressId, JSON.stringify({ valid: true })]);
  await database.query('select address_cooled_down($1, $2)', [addressId, '{}']);
  return { id, addressId, address };
}

/** Asks for a withdrawal; undefined when it was taken. */
async function ask(who: Customer, amount: string, limits: object = LIMITS): Promise<Refusal | undefined> {
  return (await askFor(randomUUID(), who, amount, limits)).refused;
}

async function askFor(id: string, who: Customer, amount: string, limits: object = LIMITS) {
  const request = {
    user_id: who.id,
    chain: 'base',
    address_id: who.addressId,
    destination_address: who.address,
    amount_usd: amount,
    fee_usd: '0.00',
    limits,
    approval_expires_seconds: 60,
    eta_seconds: 60,
    eta_sample: 20,
    operations: [{ step: 'journal:1', provider: 'alpaca', key: randomUUID(), state: 'intended' }],
  };
  const [row] = await database.query<{ answer: { status?: string; refused?: Refusal } }>(
    'select withdrawal_requested($1, $2) as answer',
    [id, JSON.stringify(request)],
  );
  return row!.answer;
}

const dayTotal = async (): Promise<bigint> => {
  const [row] = await database.query<{ sum: string }>(
    'select coalesce(sum(used), 0)::text as sum from withdrawal_day_totals',
  );
  return BigInt(row!.sum);
};
const cancel = (id: string) =>
  database.query(
    `select transition('withdrawal', $1, 'canceled', '1', jsonb_build_object('postings',
    withdrawal_release((select w from withdrawals w where w.id = $1))))`,
    [id],
  );

test('the row, its hold and its intent are one step; the same id has one effect', async () => {
  const ada = await customer('100.00');
  const id = randomUUID();
  const answers = await Promise.all(Array.from({ length: 10 }, () => askFor(id, ada, '40.00').catch(String)));
  // Those that lost the race for the primary key fail and are tried again; none has an effect of its own.
  for (const answer of answers) {
    expect(typeof answer === 'string' ? answer : answer.status).toMatch(/^pending$|withdrawals_pkey/);
  }
  expect(await askFor(id, ada, '40.00')).toMatchObject({ status: 'pending' });
  expect(await balanceOf(database, 'customer_cash', ada.id)).toBe(60_000_000n);
  expect(await balanceOf(database, 'customer_held', ada.id)).toBe(40_000_000n);
  expect(
    await count(database, `provider_operations where subject_id = $1 and state = 'intended'`, [id]),
  ).toBe(1);
});

test('200 at once on one balance: as many are taken as it holds, and the others hear what is left', async () => {
  const ada = await customer('100.00');
  const answers = await Promise.all(Array.from({ length: 200 }, () => ask(ada, '3.00')));
  const refused = answers.filter((answer) => answer !== undefined);
  expect(answers.length - refused.length).toBe(33);
  for (const { code, figures } of refused) {
    expect([code, figures.withdrawable_usd, figures.held_usd]).toEqual([
      'insufficient_funds',
      '1.00',
      '99.00',
    ]);
  }
  expect(await balanceOf(database, 'customer_cash', ada.id)).toBe(1_000_000n);
  await expectBooksToBalance(database);
});

test('200 at once against the limit of a day: the sum never passes it', async () => {
  const ada = await customer('10000.00');
  const limits = withdrawalLimits({ perHour: 1000, perDayUsd: '100.00' });
  const answers = await Promise.all(Array.from({ length: 200 }, () => ask(ada, '3.00', limits)));
  const refused = answers.filter((answer) => answer !== undefined);
  expect(answers.length - refused.length).toBe(33);
  for (const { code, figures } of refused) {
    expect([code, figures.limit, figures.remaining_usd]).toEqual(['limit_exceeded', 'day', '1.00']);
  }
});

test('200 at once against the number within an hour', async () => {
  const ada = await customer('10000.00');
  const limits = withdrawalLimits({ perHour: 7 });
  const answers = await Promise.all(Array.from({ length: 200 }, () => ask(ada, '3.00', limits)));
  expect(answers.filter((answer) => answer === undefined)).toHaveLength(7);
  expect(answers.find((answer) => answer !== undefined)).toMatchObject({
    code: 'limit_exceeded',
    figures: { limit: 'hour', most: '7', used: '7' },
  });
});

test('many customers at once: the limit of the company is reached to the cent and never passed', async () => {
  const people = await Promise.all(Array.from({ length: 40 }, () => customer('100.00')));
  const limits = withdrawalLimits({ perHour: 1000, companyPerDayUsd: '160.00' });
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) => ask(people[i % people.length]!, '3.00', limits)),
  );
  const refused = answers.filter((answer) => answer !== undefined);
  expect(answers.length - refused.length).toBe(53);
  for (const { code, figures } of refused)
    expect([code, figures.limit]).toEqual(['limit_exceeded', 'company_day']);
  expect(await dayTotal()).toBe(159_000_000n);
  // What is left is found, although no part of the limit has that much room by itself.
  expect(await ask(people[0]!, '1.00', limits)).toBeUndefined();
  expect(await ask(people[0]!, '0.01', limits)).toMatchObject({ figures: { limit: 'company_day' } });
  expect(await dayTotal()).toBe(160_000_000n);
});

test('what is given up leaves its amount to others, while requests and cancellations go on at once', async () => {
  const people = await Promise.all(Array.from({ length: 10 }, () => customer('100.00')));
  const limits = withdrawalLimits({ perHour: 1000, companyPerDayUsd: '60.00' });
  const rounds = Array.from({ length: 120 }, async (_, i) => {
    const id = randomUUID();
    const answer = await askFor(id, people[i % people.length]!, '5.00', limits);
    if (!answer.refused && i % 2 === 0) await cancel(id);
  });
  await Promise.all(rounds);
  const [row] = await database.query<{ sum: string }>(
    `select coalesce(sum(amount_usd * 1000000), 0)::bigint::text as sum from withdrawals
     where status = 'pending' and user_id = any ($1)`,
    [people.map(({ id }) => id)],
  );
  expect(await dayTotal()).toBe(BigInt(row!.sum));
  expect(await dayTotal()).toBeLessThanOrEqual(60_000_000n);
  await expectBooksToBalance(database);
});

test('a canceled withdrawal counts for the number of requests, and not for the amount', async () => {
  const ada = await customer('100.00');
  const limits = withdrawalLimits({ perHour: 2, perDayUsd: '50.00' });
  const first = randomUUID();
  expect((await askFor(first, ada, '50.00', limits)).refused).toBeUndefined();
  expect(await ask(ada, '1.00', limits)).toMatchObject({ figures: { limit: 'day', remaining_usd: '0.00' } });
  await cancel(first);
  expect(await ask(ada, '50.00', limits)).toBeUndefined();
  expect(await ask(ada, '1.00', limits)).toMatchObject({ figures: { limit: 'hour', used: '2' } });
});

test('the answer says when the amount fits again: once enough of it is older than 24 hours', async () => {
  const ada = await customer('1000.00');
  const limits = withdrawalLimits({ perHour: 1000, perDayUsd: '100.00' });
  const ids = [randomUUID(), randomUUID(), randomUUID()];
  for (const [i, id] of ids.entries()) {
    await askFor(id, ada, ['30.00', '30.00', '40.00'][i]!, limits);
    await database.query(
      'update withdrawals set created_at = now() - make_interval(hours => $2) where id = $1',
      [id, 20 - 5 * i],
    );
  }
  const resetsIn = async (amount: string): Promise<number | null> => {
    const refusal = await ask(ada, amount, limits);
    const at = refusal?.figures.resets_at;
    return at ? Math.round((Date.parse(at) - Date.now()) / 3_600_000) : null;
  };
  expect(await resetsIn('30.00')).toBe(4);
  expect(await resetsIn('30.01')).toBe(9);
  expect(await resetsIn('60.01')).toBe(14);
  expect(await resetsIn('100.01')).toBeNull();
});

test('unsettled and owed money does not leave, and the answer says so', async () => {
  const ada = await customer('10.00');
  await post(database, `unsettled:${ada.id}`, [
    { account: 'alpaca_customer', owner: ada.id, amount: units('500.00') },
    { account: 'customer_unsettled', owner: ada.id, amount: `-${units('500.00')}` },
  ]);
  expect(await ask(ada, '10.01')).toEqual({
    code: 'insufficient_funds',
    detail: '10.00 USD can be withdrawn.',
    figures: { withdrawable_usd: '10.00', requested_usd: '10.01', held_usd: '0.00', unsettled_usd: '500.00' },
  });
  await post(database, `owed:${ada.id}`, [
    { account: 'customer_receivable', owner: ada.id, amount: units('3.00') },
    { account: 'company_float', amount: `-${units('3.00')}` },
  ]);
  expect(await ask(ada, '1.00')).toMatchObject({
    code: 'receivable_open',
    figures: { receivable_usd: '3.00' },
  });
});

test('switches, suspension and the identity check are asked in the same step', async () => {
  const ada = await customer('10.00');
  const off = (key: string, is: boolean) =>
    database.query(
      `insert into switches (key, off, reason) values ($1, $2, 'test')
       on conflict (key) do update set off = excluded.off`,
      [key, is],
    );
  for (const key of ['withdrawals', 'alpaca', 'mint', 'circle', 'chain:base', `user:${ada.id}`]) {
    await off(key, true);
    expect(await ask(ada, '1.00')).toMatchObject({ code: 'withdrawals_paused' });
    await off(key, false);
  }
  await off('chain:solana', true);
  expect(await ask(ada, '1.00')).toBeUndefined();
  await database.query(`update users set status = 'suspended' where id = $1`, [ada.id]);
  expect(await ask(ada, '1.00')).toMatchObject({ code: 'account_suspended' });
});
