/** Each way in which a company's list can be wrong is found within one run, by its name; on clean books none is. */
import { type Customer, createCustomer } from '../support/customer.ts';
import { eventually } from '../support/eventually.ts';
import { whereItStands } from '../support/left-open.ts';
import { openFirmFloat, reconcile, reconcileWithoutPatience, staffToken } from '../support/reconciliation.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let customer: Customer;
let token: string;
/** Breaks that earlier tests left behind. */
let before = new Set<string>();

async function begin(): Promise<void> {
  stack = await startStack();
  await openFirmFloat(stack, '5000.00');
  await reconcileWithoutPatience(stack);
  customer = await createCustomer(stack);
  token = await staffToken(stack);
  before = new Set();
}

interface PlayedDeposit {
  readonly mint_transfer_ref: string;
  readonly circle_transfer_ref: string;
  readonly broker_journal_ref: string;
}

/** A deposit of its own for each test, so that they do not see each other's. */
async function played(amount: string): Promise<PlayedDeposit> {
  const hash = await customer.receive({ amount });
  const ours = async () => (await customer.deposits()).find(({ tx_hash }) => tx_hash === hash);
  return eventually(
    'the deposit is buying power',
    async () => {
      const deposit = await ours();
      if (deposit?.status !== 'broker_funded') throw new Error(`it is ${deposit?.status}`);
      return deposit as unknown as PlayedDeposit;
    },
    { explain: async () => whereItStands(stack.config, `deposit:${(await ours())?.id}`) },
  );
}
const distort = (list: string, id: string, body: object) =>
  stack.sandbox.control<{ id: string }>('POST', `/control/statements/${list}/${id}/distort`, body);
/** One run, and what it found that was not found before. */
async function found(): Promise<unknown[][]> {
  const { run, breaks } = await reconcile(stack, token);
  expect(run).toMatchObject({ status: 'done', conservation: { usd: '0.00', usdc: '0.00' } });
  const fresh = breaks.filter(({ id }) => !before.has(id));
  before = new Set(breaks.map(({ id }) => id));
  return fresh
    .map(({ kind, account, difference }) => [kind, account, difference])
    .sort((a, b) => String(a).localeCompare(String(b)));
}

describe.each([
  ['with the money', true],
  ['on paper alone', false],
])('%s', (_, money) => {
  beforeAll(begin);
  afterAll(() => stack.stop());

  test('on clean books nothing is found, run after run', async () => {
    await played('25.00');
    const { run, breaks } = await reconcile(stack, token);
    expect(breaks).toEqual([]);
    // A deposit has four entries; the float came by a wire.
    expect(run).toMatchObject({
      ...{ status: 'done', entries: 5, breaks_opened: 0, breaks_open: 0 },
      unexplained: { usd: '0.00', usdc: '0.00' },
    });
    expect(await found()).toEqual([]);
  });

  test('missing: the list has no entry for a journal that we made', async () => {
    const { broker_journal_ref: id } = await played('10.00');
    await distort('alpaca.journals', id, { kind: 'missing', money });
    expect(await found()).toEqual([
      ['missing', 'alpaca_customer', '-10.00'],
      ['missing', 'alpaca_firm', '10.00'],
    ]);
  });

  test('extra: an entry that nobody asked for', async () => {
    const { mint_transfer_ref: id } = await played('10.01');
    await distort('mint.transfers', id, { kind: 'extra', money });
    expect(await found()).toEqual([['extra', 'mint_balance', '10.01']]);
  });

  test('amount: the entry moved something else', async () => {
    const { mint_transfer_ref: id } = await played('10.02');
    await distort('mint.transfers', id, { kind: 'amount', amount: '9.52', money });
    expect(await found()).toEqual([['amount', 'mint_balance', '-0.50']]);
  });

  test('fee: the company took something for it', async () => {
    const { mint_transfer_ref: id } = await played('10.03');
    await distort('mint.transfers', id, { kind: 'fee', amount: '0.25', money });
    expect(await found()).toEqual([['fee', 'mint_balance', '-0.25']]);
  });

  test('duplicated: the entry is there twice', async () => {
    const { broker_journal_ref: id } = await played('10.04');
    await distort('alpaca.journals', id, { kind: 'duplicated', money });
    expect(await found()).toEqual([
      ['duplicate', 'alpaca_customer', '10.04'],
      ['duplicate', 'alpaca_firm', '-10.04'],
    ]);
  });

  test('time: the entry was made before it was asked for', async () => {
    const { circle_transfer_ref: id } = await played('10.05');
    await distort('circle.transactions', id, { kind: 'time', seconds: -7200, money });
    expect(await found()).toEqual([['time', null, null]]);
  });
});
