/** The sandbox's kernel: store, books, scheduler, faults, events, paging of time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatUnits, InsufficientFunds, parseUnits } from '../../sandbox/kernel/books.ts';
import { digestOf } from '../../sandbox/kernel/idempotency.ts';
import { createKernel } from '../../sandbox/kernel/kernel.ts';
import { openStore } from '../../sandbox/kernel/store.ts';
import { eventually } from '../support/eventually.ts';

type Thing = { id: string; colour: string };
const things = { id: (thing: Thing) => thing.id, indexes: { colour: (thing: Thing) => thing.colour } };

describe('the store', () => {
  test('keeps documents in order of insertion, also when one is replaced', () => {
    const store = openStore(':memory:');
    const table = store.table<Thing>('things', things);
    for (const id of ['a', 'b', 'c']) table.insert({ id, colour: 'red' });
    table.put({ id: 'a', colour: 'blue' });
    expect(table.list().map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(table.list({ where: { index: 'colour', value: 'red' } }).map(({ id }) => id)).toEqual(['b', 'c']);
    expect(table.list({ order: 'desc', after: 'c', limit: 1 }).map(({ id }) => id)).toEqual(['b']);
    expect(table.find('colour', 'blue')).toEqual({ id: 'a', colour: 'blue' });
    store.close();
  });

  test('refuses a second document with the same id', () => {
    const store = openStore(':memory:');
    const table = store.table<Thing>('things', things);
    table.insert({ id: 'a', colour: 'red' });
    expect(() => table.insert({ id: 'a', colour: 'red' })).toThrow(/UNIQUE/);
    store.close();
  });

  test('a transaction that throws leaves nothing, and runs nothing afterwards', () => {
    const store = openStore(':memory:');
    const table = store.table<Thing>('things', things);
    const ran: string[] = [];
    const work = () => {
      table.insert({ id: 'a', colour: 'red' });
      store.afterCommit(() => ran.push('after'));
      throw new Error('no');
    };
    expect(() => store.transaction(work)).toThrow('no');
    expect(table.count()).toBe(0);
    expect(ran).toEqual([]);
    store.close();
  });

  test('an index that a later version adds is filled for older documents', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sandbox-store-'));
    const first = openStore(join(folder, 'db'));
    first.table<Thing>('things', { id: things.id }).insert({ id: 'a', colour: 'red' });
    first.close();
    const second = openStore(join(folder, 'db'));
    expect(second.table<Thing>('things', things).find('colour', 'red')?.id).toBe('a');
    second.close();
    rmSync(folder, { recursive: true });
  });
});

describe('the books', () => {
  const kernel = createKernel({ path: ':memory:', pace: 'instant' });
  afterAll(() => kernel.store.close());
  const move = (reference: string, from: string, to: string, amount: bigint) =>
    kernel.books.post(reference, [
      { account: from, asset: 'USD', amount: -amount },
      { account: to, asset: 'USD', amount },
    ]);

  test('book each reference once', () => {
    expect(move('one', 'world:bank', 'alice', 10n)).toBe(true);
    expect(move('one', 'world:bank', 'alice', 10n)).toBe(false);
    expect(kernel.books.balance('alice', 'USD')).toBe(10n);
  });

  test('refuse an overdraft and write nothing of it', () => {
    expect(() => move('two', 'alice', 'bob', 11n)).toThrow(InsufficientFunds);
    expect(kernel.books.balance('alice', 'USD')).toBe(10n);
    expect(kernel.books.balance('bob', 'USD')).toBe(0n);
    expect(move('two', 'alice', 'bob', 10n)).toBe(true);
  });

  test('refuse what does not sum to zero', () => {
    expect(() => kernel.books.post('three', [{ account: 'alice', asset: 'USD', amount: 1n }])).toThrow(
      /zero/,
    );
    expect(kernel.books.sums()).toEqual({ USD: '0' });
  });

  test.each([
    ['3.14', 6, 3_140_000n],
    ['0.000001', 6, 1n],
    ['1.0000000', 6, 1_000_000n],
    ['1.0000001', 6, undefined],
    ['-1', 6, undefined],
    ['1e3', 6, undefined],
    ['', 6, undefined],
  ])('read %p with %p decimals as %p', (text, decimals, units) => {
    expect(parseUnits(text, decimals)).toBe(units);
  });

  test('write amounts without needless zeros, or with the cents', () => {
    expect(formatUnits(3_140_000n, 6)).toBe('3.14');
    expect(formatUnits(5_000_000n, 6, 2)).toBe('5.00');
    expect(formatUnits(-1n, 6)).toBe('-0.000001');
  });
});

describe('the scheduler', () => {
  test('keeps a step over a restart and runs it when the clock gets there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sandbox-steps-'));
    const open = (seen: string[]) => {
      const kernel = createKernel({ path: join(folder, 'db'), pace: 'real' });
      kernel.scheduler.on<string>('say', (word) => void seen.push(word));
      return kernel;
    };
    const first = open([]);
    first.scheduler.after(3_600_000, 'say', 'hello');
    first.store.close();

    const seen: string[] = [];
    const second = open(seen);
    second.scheduler.start();
    expect(second.scheduler.pending()).toBe(1);
    second.clock.advance(3_600_000);
    await eventually('the step ran', () => seen.length === 1);
    expect(seen).toEqual(['hello']);
    expect(second.scheduler.pending()).toBe(0);
    second.scheduler.stop();
    second.store.close();
    rmSync(folder, { recursive: true });
  });

  test('runs steps in their order under pace instant, and never inside the caller', async () => {
    const kernel = createKernel({ path: ':memory:', pace: 'instant' });
    const seen: number[] = [];
    kernel.scheduler.on<number>('count', (value) => void seen.push(value));
    kernel.scheduler.start();
    kernel.store.transaction(() => {
      for (const value of [1, 2, 3]) kernel.scheduler.after(60_000, 'count', value);
    });
    expect(seen).toEqual([]);
    await eventually('all ran', () => seen.length === 3);
    expect(seen).toEqual([1, 2, 3]);
    kernel.scheduler.stop();
    kernel.store.close();
  });

  test('a step that fails changes nothing, holds nobody up, and is tried again', async () => {
    const kernel = createKernel({ path: ':memory:', pace: 'instant' });
    let isBroken = true;
    const seen: string[] = [];
    kernel.scheduler.on('flaky', () => {
      kernel.store.keep('effect', () => isBroken);
      if (isBroken) throw new Error('not yet, as this test wants it');
      seen.push('flaky');
    });
    kernel.scheduler.on('steady', () => void seen.push('steady'));
    kernel.scheduler.start();
    kernel.scheduler.after(0, 'flaky', null);
    kernel.scheduler.after(0, 'steady', null);
    await eventually('the other step ran', () => seen.includes('steady') && kernel.scheduler.pending() === 1);
    isBroken = false;
    kernel.clock.advance(2_000);
    await eventually('it ran again', () => seen.includes('flaky'));
    expect(kernel.store.keep('effect', () => true)).toBe(false);
    kernel.scheduler.stop();
    kernel.store.close();
  });
});

describe('faults', () => {
  const kernel = createKernel({ path: ':memory:', pace: 'instant' });
  afterAll(() => kernel.store.close());
  afterEach(() => kernel.faults.clear());

  test('apply as often as they say, and are counted', () => {
    kernel.faults.add({ company: 'circle', operation: 'circle.createTransfer', kind: 'error', count: 2 });
    const kinds = [1, 2, 3].map(() => kernel.faults.take('circle', 'circle.createTransfer', {})?.kind);
    expect(kinds).toEqual(['error', 'error', undefined]);
    expect(kernel.faults.list()[0]).toMatchObject({ hits: 2, count: 0 });
  });

  test('apply only where their facts match', () => {
    const match = { 'amounts.0': '5', walletId: 'w' };
    kernel.faults.add({ company: 'circle', operation: 'circle.*', kind: 'fail', match });
    expect(
      kernel.faults.take('circle', 'circle.transfer', { amounts: ['6'], walletId: 'w' }),
    ).toBeUndefined();
    expect(kernel.faults.take('circle', 'circle.transfer', { amounts: ['5'], walletId: 'w' })?.kind).toBe(
      'fail',
    );
    expect(kernel.faults.take('mint', 'mint.transfer', { amounts: ['5'], walletId: 'w' })).toBeUndefined();
  });

  test('are not taken for another kind of question', () => {
    kernel.faults.add({ company: 'circle', operation: '*', kind: 'stuck' });
    expect(kernel.faults.take('circle', 'circle.createTransfer', {}, ['error'])).toBeUndefined();
  });
});

test('settings know their type and are kept', () => {
  const kernel = createKernel({ path: ':memory:', pace: 'instant' });
  kernel.settings.defineDelay('chain.block', 2_000);
  expect(kernel.settings.number('chain.block')).toBe(0);
  kernel.settings.patch({ 'chain.block': 50 });
  expect(kernel.settings.number('chain.block')).toBe(50);
  expect(() => kernel.settings.patch({ 'chain.block': 'soon' })).toThrow(/takes a number/);
  expect(() => kernel.settings.patch({ unknown: 1 })).toThrow(/unknown sandbox setting/);
  kernel.store.close();
});

test('a digest does not depend on the order of fields', () => {
  expect(digestOf({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(digestOf({ b: [{ d: 3, c: 2 }], a: 1 }));
  expect(digestOf({ a: 1 })).not.toBe(digestOf({ a: 2 }));
});
