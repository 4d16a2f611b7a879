/**
 * Journals of the sandbox's Alpaca: money between firm and customer, once per key, with every way it can
 * end.
 */
import { eventually, type Json, startWorld, type World } from './alpaca-world.ts';

let world: World;
let customer: string;

beforeAll(async () => {
  world = await startWorld();
  await world.fundFirm('100000.00');
  customer = await world.activeAccount();
});

afterAll(async () => {
  const { body } = await world.control('GET', '/control/books');
  expect(Object.values(body.sums as Json).every((sum) => sum === '0')).toBe(true);
  await world.sandbox.stop();
});

afterEach(async () => {
  await world.control('DELETE', '/control/faults');
});

function toCustomer(amount: string, more: Json = {}): Json {
  return { entry_type: 'JNLC', from_account: world.firmId, to_account: customer, amount, ...more };
}

function journal(body: Json, key?: string) {
  return world.call('POST', '/v1/journals', body, key ? { 'idempotency-key': key } : {});
}

async function cash(id: string): Promise<Json> {
  return (await world.call('GET', `/v1/trading/accounts/${id}/account`)).body;
}

function reaches(id: unknown, status: string): Promise<Json> {
  return eventually(async () => {
    const { body } = await world.call('GET', `/v1/journals/${id}`);
    return body.status === status && body;
  });
}

describe('a cash journal', () => {
  test('is executed at once and becomes buying power', async () => {
    const owner = await world.activeAccount();
    const answer = await journal(toCustomer('25.50', { to_account: owner, description: 'dep_1' }));
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      entry_type: 'JNLC',
      status: 'executed',
      net_amount: '25.5',
      from_account: world.firmId,
      to_account: owner,
      description: 'dep_1',
      currency: 'USD',
    });
    expect(await cash(owner)).toMatchObject({
      cash: '25.5',
      buying_power: '25.5',
      cash_transferable: '25.5',
      cash_withdrawable: '25.5',
      equity: '25.5',
      status: 'ACTIVE',
    });
  });

  test('keeps the Travel Rule fields', async () => {
    const transmitter = { transmitter_name: 'Ada Lovelace', transmitter_account_number: '0xabc' };
    const { body } = await journal(toCustomer('1', transmitter));
    expect((await world.call('GET', `/v1/journals/${body.id}`)).body).toMatchObject(transmitter);
  });

  test('goes back from the customer to the firm', async () => {
    const owner = await world.activeAccount();
    await journal(toCustomer('10', { to_account: owner }));
    const before = Number((await cash(world.firmId)).cash);
    const back = { entry_type: 'JNLC', from_account: owner, to_account: world.firmId, amount: '4.25' };
    expect((await journal(back)).body.status).toBe('executed');
    expect((await cash(owner)).cash).toBe('5.75');
    expect(Number((await cash(world.firmId)).cash)).toBeCloseTo(before + 4.25, 6);
  });

  test('of more than there is is 403 and moves nothing', async () => {
    const answer = await journal(toCustomer('99999999.00'));
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ code: 40310000, message: expect.stringContaining('not available') });
  });

  test.each([
    ['an unknown account', { to_account: '00000000-0000-4000-8000-000000000000' }, 404],
    ['no amount', { amount: undefined }, 422],
    ['an amount of zero', { amount: '0' }, 422],
    ['a negative amount', { amount: '-1' }, 422],
    ['a fraction of a cent', { amount: '1.001' }, 422],
    ['no entry type', { entry_type: undefined }, 400],
    ['a description that is too long', { description: 'x'.repeat(1_025) }, 400],
    ['another currency', { currency: 'EUR' }, 422],
  ])('with %s is refused', async (_case, changes, status) => {
    expect((await journal(toCustomer('1', changes))).status).toBe(status);
  });

  test('between two customers is refused', async () => {
    const other = await world.activeAccount();
    const answer = await journal(toCustomer('1', { from_account: other }));
    expect(answer.status).toBe(422);
  });

  test('to an account that is not active is refused', async () => {
    const { body } = await world.call('POST', '/v1/accounts', {});
    expect(body.code).toBe(42210000);
    const closed = await world.activeAccount();
    await world.call('POST', `/v1/accounts/${closed}/actions/close`);
    expect((await journal(toCustomer('1', { to_account: closed }))).status).toBe(422);
  });
});

describe('an idempotency key', () => {
  test('with the same body gives the original journal and moves the money once', async () => {
    const owner = await world.activeAccount();
    const body = toCustomer('7', { to_account: owner });
    const [first, second] = await Promise.all([journal(body, 'same-body'), journal(body, 'same-body')]);
    expect(first.status).toBe(200);
    expect(second.body).toEqual(first.body);
    expect((await cash(owner)).cash).toBe('7');
  });

  test('with another body is 422', async () => {
    await journal(toCustomer('7'), 'other-body');
    const answer = await journal(toCustomer('8'), 'other-body');
    expect(answer.status).toBe(422);
    expect(answer.body.message).toContain('idempotency');
  });

  test('of a refused request can be used again', async () => {
    expect((await journal(toCustomer('99999999'), 'refused-first')).status).toBe(403);
    expect((await journal(toCustomer('9'), 'refused-first')).status).toBe(200);
  });

  test('finds the journal again when the answer was lost', async () => {
    const owner = await world.activeAccount();
    const body = toCustomer('3', { to_account: owner });
    const fault = { company: 'alpaca', operation: 'alpaca.createJournal', kind: 'cut_after', count: 1 };
    await world.control('POST', '/control/faults', fault);
    await expect(journal(body, 'lost-answer')).rejects.toThrow();
    expect((await journal(body, 'lost-answer')).body.status).toBe('executed');
    expect((await cash(owner)).cash).toBe('3');
    const { body: paid } = await world.control('GET', '/control/payments?company=alpaca');
    const rows = (paid.data as Json[]).filter((row) => row.idempotency_key === 'lost-answer');
    expect(rows).toMatchObject([{ amount: '3', to: owner, status: 'executed', effective: true }]);
  });

  test('longer than 128 characters is 400', async () => {
    expect((await journal(toCustomer('1'), 'k'.repeat(129))).status).toBe(400);
  });
});

describe('a campaign of faults', () => {
  test('with retries under the same key moves every amount exactly once', async () => {
    const owners = await Promise.all([1, 2, 3].map(() => world.activeAccount()));
    const operation = 'alpaca.createJournal';
    for (const kind of ['cut_before', 'cut_after', 'error', 'error_after', 'unavailable', 'rate_limit']) {
      await world.control('POST', '/control/faults', { company: 'alpaca', operation, kind, rate: 0.1 });
    }
    const send = async (n: number): Promise<void> => {
      const body = toCustomer('1.01', { to_account: owners[n % 3], description: `campaign ${n}` });
      await eventually(async () => {
        const answer = await journal(body, `campaign-${n}`).catch(() => undefined);
        return answer?.status === 200;
      });
    };
    await Promise.all(Array.from({ length: 150 }, (_, n) => send(n)));
    await world.control('DELETE', '/control/faults');
    for (const owner of owners) expect((await cash(owner)).cash).toBe('50.5');
    const { body } = await world.control('GET', '/control/payments?company=alpaca');
    const keys = (body.data as Json[]).map((row) => row.idempotency_key).filter(Boolean);
    expect(new Set(keys.filter((key) => String(key).startsWith('campaign-'))).size).toBe(150);
    expect(keys.filter((key) => String(key).startsWith('campaign-'))).toHaveLength(150);
  });
});

describe('the course of a journal', () => {
  test('with flow `queued` goes through sent_to_clearing, the money held meanwhile', async () => {
    const owner = await world.activeAccount();
    await world.control('PATCH', '/control/settings', {
      'alpaca.journal_flow': 'queued',
      'alpaca.journal_execution_ms': 60_000,
    });
    const { body } = await journal(toCustomer('5', { to_account: owner }));
    expect(body.status).toBe('queued');
    await reaches(body.id, 'sent_to_clearing');
    expect((await cash(owner)).cash).toBe('0');
    expect((await cash(world.firmId)).pending_transfer_out).toBe('5');
    await world.control('POST', '/control/clock/advance', { seconds: 61 });
    await reaches(body.id, 'executed');
    expect((await cash(owner)).cash).toBe('5');
    await world.control('PATCH', '/control/settings', {
      'alpaca.journal_flow': 'immediate',
      'alpaca.journal_execution_ms': 0,
    });
  });

  test('over the limits waits for approval, and the operator approves it', async () => {
    const owner = await world.activeAccount();
    await world.control('PATCH', '/control/settings', { 'alpaca.journal_limits': true });
    expect((await journal(toCustomer('50', { to_account: owner }))).body.status).toBe('executed');
    const { body } = await journal(toCustomer('50.01', { to_account: owner }));
    expect(body.status).toBe('pending');
    expect((await cash(owner)).cash).toBe('50');
    await world.control('POST', `/control/alpaca/journals/${body.id}/status`, { status: 'executed' });
    expect((await cash(owner)).cash).toBe('100.01');
  });

  test('over the limits executes in the next morning when nobody decides', async () => {
    const { body } = await journal(toCustomer('60'));
    expect(body.status).toBe('pending');
    await world.control('PATCH', '/control/settings', { 'alpaca.journal_limits': false });
    await world.control('POST', '/control/clock/advance', { seconds: 2 * 86_400 });
    await reaches(body.id, 'executed');
  });

  test.each(['rejected', 'pending', 'refused'])(
    'follows the fixture %s in its description',
    async (status) => {
      const owner = await world.activeAccount();
      const description = `/fixtures/status=${status}/fixtures/`;
      const { body } = await journal(toCustomer('2', { to_account: owner, description }));
      expect(body.status).toBe(status);
      expect((await cash(owner)).cash).toBe('0');
    },
  );

  test.each([
    ['reject', 'rejected'],
    ['cancel', 'canceled'],
    ['fail', 'refused'],
  ])('with the fault `%s` ends %s and gives the money back', async (kind, status) => {
    const before = (await cash(world.firmId)).cash_transferable;
    await world.control('POST', '/control/faults', {
      company: 'alpaca',
      operation: 'alpaca.createJournal',
      kind,
      count: 1,
    });
    const { body } = await journal(toCustomer('2'));
    expect(body.status).toBe('queued');
    await reaches(body.id, status);
    expect((await cash(world.firmId)).cash_transferable).toBe(before);
  });

  test('can be canceled while it is pending, and only then', async () => {
    const { body } = await journal(toCustomer('2', { description: '/fixtures/status=pending/fixtures/' }));
    expect((await world.call('DELETE', `/v1/journals/${body.id}`)).status).toBe(204);
    await reaches(body.id, 'canceled');
    expect((await world.call('DELETE', `/v1/journals/${body.id}`)).status).toBe(422);
  });

  test('corrected by an operator gets a successor over the right amount', async () => {
    const owner = await world.activeAccount();
    const { body } = await journal(toCustomer('40', { to_account: owner }));
    const path = `/control/alpaca/journals/${body.id}/status`;
    const { body: corrected } = await world.control('POST', path, { status: 'correct', amount: '4.00' });
    expect(corrected.status).toBe('correct');
    const successor = corrected.replacement as Json;
    expect(successor).toMatchObject({ status: 'executed', net_amount: '4' });
    expect(successor.id).not.toBe(body.id);
    expect((await cash(owner)).cash).toBe('4');
  });

  test('reversed after it was spent leaves a negative cash balance, paid by what comes next', async () => {
    const owner = await world.activeAccount();
    const { body } = await journal(toCustomer('20', { to_account: owner }));
    await journal({ entry_type: 'JNLC', from_account: owner, to_account: world.firmId, amount: '15' });
    await world.control('POST', `/control/alpaca/journals/${body.id}/status`, { status: 'correct' });
    expect((await cash(owner)).cash).toBe('-15');
    await journal(toCustomer('18', { to_account: owner }));
    expect((await cash(owner)).cash).toBe('3');
  });
});

describe('the list of journals', () => {
  test('is filtered by account, status, type and date, newest first', async () => {
    const owner = await world.activeAccount();
    const first = (await journal(toCustomer('1', { to_account: owner }))).body.id;
    const second = (await journal(toCustomer('2', { to_account: owner }))).body.id;
    const ids = async (query: string) =>
      (await world.call<Json[]>('GET', `/v1/journals?${query}`)).body.map(({ id }) => id);
    expect(await ids(`to_account=${owner}`)).toEqual([second, first]);
    expect(await ids(`to_account=${owner}&limit=1`)).toEqual([second]);
    expect(await ids(`from_account=${owner}`)).toEqual([]);
    expect(await ids(`to_account=${owner}&status=pending`)).toEqual([]);
    expect(await ids(`to_account=${owner}&entry_type=JNLS`)).toEqual([]);
    expect(await ids(`to_account=${owner}&after=2199-01-01`)).toEqual([]);
    expect(await ids(`to_account=${owner}&after=2020-01-01&before=2199-01-01`)).toHaveLength(2);
    expect((await world.call('GET', '/v1/journals?status=nonsense')).status).toBe(400);
  });
});

describe('a batch', () => {
  const entries = (...amounts: string[]) => amounts.map((amount) => ({ to_account: customer, amount }));

  test('moves all of its entries, once per key', async () => {
    const body = { entry_type: 'JNLC', from_account: world.firmId, entries: entries('1', '2') };
    const before = Number((await cash(customer)).cash);
    const key = { 'idempotency-key': 'batch' };
    const first = await world.call<Json[]>('POST', '/v1/journals/batch', body, key);
    expect(first.body).toMatchObject([
      { net_amount: '1', status: 'executed', error_message: '' },
      { net_amount: '2', status: 'executed', error_message: '' },
    ]);
    expect((await world.call('POST', '/v1/journals/batch', body, key)).body).toEqual(first.body);
    expect(Number((await cash(customer)).cash)).toBe(before + 3);
  });

  test('moves nothing when one entry is not acceptable', async () => {
    const before = (await cash(customer)).cash;
    const body = { entry_type: 'JNLC', from_account: world.firmId, entries: entries('1', '0') };
    expect((await world.call('POST', '/v1/journals/batch', body)).status).toBe(422);
    const tooMuch = { ...body, entries: entries('1', '99999999') };
    expect((await world.call('POST', '/v1/journals/batch', tooMuch)).status).toBe(403);
    expect((await cash(customer)).cash).toBe(before);
  });

  test('in reverse collects from many into the firm', async () => {
    const body = {
      entry_type: 'JNLC',
      to_account: world.firmId,
      entries: [{ from_account: customer, amount: '0.5' }],
    };
    const answer = await world.call('POST', '/v1/journals/reverse_batch', body);
    expect(answer.body).toMatchObject([
      { from_account: customer, to_account: world.firmId, status: 'executed' },
    ]);
  });
});

describe('a share journal', () => {
  test('moves shares from the firm only, and only those it has', async () => {
    const body = {
      entry_type: 'JNLS',
      from_account: world.firmId,
      to_account: customer,
      symbol: 'AAPL',
      qty: '0.5',
    };
    expect((await journal(body)).status).toBe(403);
    await world.control('POST', '/control/alpaca/firm/securities', { symbol: 'AAPL', qty: '2' });
    expect((await journal(body)).body).toMatchObject({ status: 'executed', symbol: 'AAPL', qty: '0.5' });
    const back = { ...body, from_account: customer, to_account: world.firmId };
    expect((await journal(back)).status).toBe(422);
  });
});
