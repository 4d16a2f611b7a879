/** The comparison itself: nothing on clean books, each kind of break by its name, movements left alone. */
import { randomUUID } from 'node:crypto';
import {
  addUser,
  balanceOf,
  expectBooksToBalance,
  type LedgerDatabase,
  openLedgerDatabase,
} from './records.ts';
import {
  add,
  type Break,
  entry,
  FIRM,
  look,
  type PlayedDeposit,
  playDeposit,
  type Statement,
} from './statements.ts';

let database: LedgerDatabase;
let statement: Statement;
let deposit: PlayedDeposit;

beforeEach(async () => {
  database = await openLedgerDatabase();
  statement = { lines: [], balances: new Map() };
  await playDeposit(database, statement, '25.00');
  deposit = await playDeposit(database, statement, '10.00');
});
afterEach(async () => {
  await expectBooksToBalance(database);
  await database.drop();
});

const lineOf = (source: string) => {
  const index = statement.lines.findLastIndex((line) => line.source === source);
  return { index, line: statement.lines[index]! };
};
const change = (source: string, changes: object) => {
  const { index, line } = lineOf(source);
  statement.lines[index] = { ...line, ...changes };
};
const seen = (breaks: readonly Break[]) =>
  breaks.map(({ kind, account, difference }) => [kind, account, difference]);

test('clean books have no break, however often they are compared', async () => {
  expect(await look(database, statement)).toEqual([]);
  expect(await look(database, statement)).toEqual([]);
});

test('an entry that disappears is missing, and the break closes when it is there again', async () => {
  expect(await look(database, statement)).toEqual([]);
  const { index, line } = lineOf('alpaca.journal');
  statement.lines.splice(index, 1);
  const breaks = await look(database, statement);
  expect(breaks).toMatchObject([
    { kind: 'missing', account: 'alpaca_customer', subject_id: deposit.id, expected: '10000000', found: '0' },
    { kind: 'missing', account: 'alpaca_firm', subject_id: deposit.id, expected: '-10000000', found: '0' },
  ]);
  expect(await look(database, statement)).toEqual(breaks);
  statement.lines.push(line);
  expect(await look(database, statement)).toEqual([]);
  const [gone] = await database.query('select state, resolution from reconciliation_breaks limit 1');
  expect(gone).toEqual({ state: 'resolved', resolution: 'gone' });
});

test.each([
  ['circle.inbound', 'circle_wallet', '-10000000'],
  ['circle.outbound', 'circle_wallet', '10000000'],
  ['mint.transfer', 'mint_balance', '-10000000'],
] as const)('a list without its %s entry', async (source, account, difference) => {
  statement.lines.splice(lineOf(source).index, 1);
  expect(seen(await look(database, statement))).toContainEqual(['missing', account, difference]);
});

test('an entry that nobody asked for', async () => {
  statement.lines.push(
    entry({ source: 'mint.transfer', to_place: 'mint', amount: '7000000', tx_hash: '0xstrange' }),
  );
  add(statement, 'mint', 7_000_000n);
  expect(seen(await look(database, statement))).toEqual([['extra', 'mint_balance', '7000000']]);
});

test('another amount', async () => {
  change('mint.transfer', { amount: '9500000' });
  add(statement, 'mint', -500_000n);
  expect(seen(await look(database, statement))).toEqual([['amount', 'mint_balance', '-500000']]);
});

test('a fee', async () => {
  change('alpaca.journal', { fee: '20000' });
  add(statement, FIRM, -20_000n);
  expect(seen(await look(database, statement))).toEqual([['fee', 'alpaca_firm', '-20000']]);
});

test('a time at which it cannot have happened', async () => {
  change('circle.outbound', { at: new Date(Date.now() - 2 * 3_600_000).toISOString() });
  const breaks = await look(database, statement);
  expect(breaks).toMatchObject([
    { kind: 'time', subject_id: deposit.id, reference: lineOf('circle.outbound').line.reference },
  ]);
});

test('an entry twice, whether or not the money moved twice', async () => {
  const { line } = lineOf('alpaca.journal');
  statement.lines.push({ ...line, reference: randomUUID() });
  expect(seen(await look(database, statement))).toContainEqual(['duplicate', 'alpaca_firm', '-10000000']);
  add(statement, FIRM, -10_000_000n);
  add(statement, deposit.account, 10_000_000n);
  expect(seen(await look(database, statement))).toEqual([
    ['duplicate', 'alpaca_customer', '10000000'],
    ['duplicate', 'alpaca_firm', '-10000000'],
  ]);
});

test('a journal that was taken back and nobody told: a difference of state, and the deposit is told', async () => {
  expect(await look(database, statement)).toEqual([]);
  change('alpaca.journal', { outcome: 'returned', provider_state: 'correct' });
  add(statement, FIRM, 10_000_000n);
  add(statement, deposit.account, -10_000_000n);
  expect(seen(await look(database, statement))).toEqual([
    ['state', 'alpaca_customer', '-10000000'],
    ['state', 'alpaca_firm', '10000000'],
  ]);
  const events = await database.query('select workflow_id, message from inbound_events');
  expect(events).toMatchObject([
    { workflow_id: `deposit:${deposit.id}`, message: { source: 'alpaca.journal', state: 'correct' } },
  ]);
});

test('a balance that no entry explains', async () => {
  add(statement, FIRM, -1n);
  expect(await look(database, statement)).toMatchObject([
    { kind: 'balance', account: 'alpaca_firm', expected: '-35000000', found: '-35000001', difference: '-1' },
  ]);
});

test('a movement under way is no difference: a list may be ahead of the books, and behind them', async () => {
  await database.query("insert into settings (key, value) values ('reconciliation_policy', '{}')");
  change('mint.transfer', { outcome: 'pending' });
  add(statement, 'mint', -10_000_000n);
  statement.lines.push(entry({ source: 'mint.transfer', to_place: 'mint', amount: '7000000' }));
  add(statement, 'mint', 7_000_000n);
  expect(seen(await look(database, statement, { graceSeconds: 60 }))).toEqual([]);
});

test('what is seen once is shown to nobody, and forgotten when a second look does not see it', async () => {
  add(statement, FIRM, -1n);
  expect(await look(database, statement, {}, async () => add(statement, FIRM, 1n))).toEqual([]);
  expect(await database.query('select state from reconciliation_breaks')).toEqual([]);
});

test('the evidence of a missing entry says whether the balance misses the money, too', async () => {
  const { index } = lineOf('alpaca.journal');
  statement.lines.splice(index, 1);
  expect(await look(database, statement)).toMatchObject(
    Array(2).fill({ evidence: { balance_agrees: true } }),
  );
  add(statement, FIRM, 10_000_000n);
  expect((await look(database, statement)).map(({ evidence }) => evidence.balance_agrees)).toEqual([
    true,
    undefined,
  ]);
});

test('a chain that falls apart later: an entry that was final fails', async () => {
  change('circle.inbound', { outcome: 'failed', provider_state: 'FAILED' });
  expect(seen(await look(database, statement))).toEqual([['state', 'circle_wallet', '-10000000']]);
});

test('an entry that changes while balances are read may be in them or not', async () => {
  expect(await look(database, statement)).toEqual([]);
  const after = entry({ source: 'mint.transfer', to_place: 'mint', amount: '3000000' });
  for (const inBalance of [0n, 3_000_000n]) {
    const moved = { ...statement, late: [after], balances: new Map(statement.balances) };
    add(moved, 'mint', inBalance);
    expect(seen(await look(database, moved, { graceSeconds: 60 }))).toEqual([]);
  }
});

describe('settling a break', () => {
  const settle = async (id: string, person: string, by = 'posting', counter = 'suspense') => {
    const counters = { 'USD/6': 'reconciliation_suspense_usd', 'USDC/6': 'reconciliation_suspense_usdc' };
    const input = { by, counter, counters, note: 'Looked at.', person, request_id: 'test' };
    const [row] = await database.query<{ outcome: string }>(
      'select reconciliation_settle($1, $2) as outcome',
      [id, JSON.stringify(input)],
    );
    return row!.outcome;
  };

  test('by a posting that two people agree on: the next run finds nothing, and the books balance', async () => {
    change('alpaca.journal', { fee: '20000' });
    add(statement, FIRM, -20_000n);
    const [found] = await look(database, statement);
    const [first, second] = [await addUser(database), await addUser(database)];
    expect(await settle(found!.id, first)).toBe('proposed');
    expect(await settle(found!.id, first)).toBe('second_person');
    expect(await settle(found!.id, second, 'explanation')).toBe('differs');
    expect(await settle(found!.id, second)).toBe('settled');
    expect(await settle(found!.id, second)).toBe('not_open');
    expect(await balanceOf(database, 'reconciliation_suspense_usd')).toBe(-20_000n);
    expect(await look(database, statement)).toEqual([]);
    const audit = await database.query(
      "select action from audit_log where action like 'reconciliation.%' order by id",
    );
    expect(audit.map(({ action }) => action)).toEqual(['reconciliation.proposed', 'reconciliation.settled']);
  });

  test('an entry that nobody asked for is posted to where its money is', async () => {
    statement.lines.push(entry({ source: 'mint.deposit', to_place: 'mint', amount: '7000000' }));
    add(statement, 'mint', 7_000_000n);
    const [found] = await look(database, statement);
    await settle(found!.id, await addUser(database));
    expect(await settle(found!.id, await addUser(database))).toBe('settled');
    expect(await balanceOf(database, 'reconciliation_suspense_usd')).toBe(7_000_000n);
    expect(await look(database, statement)).toEqual([]);
  });

  test('a balance is posted, too', async () => {
    add(statement, FIRM, -1n);
    const [found] = await look(database, statement);
    await settle(found!.id, await addUser(database));
    await settle(found!.id, await addUser(database));
    expect(await look(database, statement)).toEqual([]);
  });

  test('by an explanation, which holds for as long as the difference stays the same', async () => {
    change('circle.outbound', { at: new Date(Date.now() - 2 * 3_600_000).toISOString() });
    const [found] = await look(database, statement);
    expect(await settle(found!.id, await addUser(database))).toBe('nothing_to_post');
    await settle(found!.id, await addUser(database), 'explanation');
    expect(await settle(found!.id, await addUser(database), 'explanation')).toBe('settled');
    expect(await look(database, statement)).toEqual([]);
  });
});
