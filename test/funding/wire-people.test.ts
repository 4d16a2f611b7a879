/** What people do with wires: two must agree, one can call it off, banks have hours, switches hold. */
import { balanceOf, expectCleanLedger, payments } from '../support/books.ts';
import { createCustomer } from '../support/customer.ts';
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { fundTreasury, type Treasury, treasuryOf } from '../support/treasury.ts';

let stack: TestStack;
let treasury: Treasury;
beforeAll(async () => {
  stack = await startStack();
  await fundTreasury(stack, { firm: '9000.00', mint: '80000.00' });
  treasury = await treasuryOf(stack);
});
beforeEach(() => treasury.setPolicy());
afterEach(() => expectCleanLedger(stack.database.pool));
afterAll(async () => {
  await treasury?.close();
  await stack?.stop();
});

const approve = async (id: string, name: string, decision: 'approve' | 'reject' = 'approve') =>
  stack.call('POST', `/v1/admin/wires/${id}/approvals`, {
    token: await treasury.staff(name),
    body: { decision, note: 'Looked at by the test.' },
  });
const ask = async (amount: string) => {
  const body = { kind: 'mint_to_alpaca', amount_usd: amount, reason: 'A large deposit is announced.' };
  return (await stack.call('POST', '/v1/admin/wires', { token: await treasury.staff('one'), body })).body.id;
};

test('who asks for a wire cannot approve it; another person can, once', async () => {
  const id = await ask('10.00');
  expect((await approve(id, 'one')).body).toMatchObject({
    code: 'decision_refused',
    detail: 'Another person must approve what you have asked for.',
  });
  expect((await approve(id, 'two')).status).toBe(200);
  await treasury.reaches(id, 'complete');
  expect((await approve(id, 'three')).body.detail).toBe('This wire does not wait for approval.');
  const { rows } = await stack.database.pool.query(
    `select action from audit_log where subject_id = $1 order by id`,
    [id],
  );
  expect(rows.map(({ action }) => action)).toEqual(['wire.request', 'wire.approve']);
});

test('above what goes by itself the treasury needs two people, and neither twice', async () => {
  await treasury.setPolicy({ alpacaLowUsd: '9500', alpacaTargetUsd: '20000', automaticUpToUsd: '5000' });
  await treasury.round();
  await treasury.setPolicy();
  const wire = (await treasury.wires()).at(-1);
  const id = wire?.id ?? '';
  expect(wire).toMatchObject({ status: 'awaiting_approval', amount_usd: '10990.00' });
  expect((await approve(id, 'one')).body).toMatchObject({ status: 'awaiting_approval' });
  expect((await approve(id, 'one')).body.detail).toBe('You have said your word about this wire already.');
  expect((await approve(id, 'two')).status).toBe(200);
  await treasury.reaches(id, 'complete');
});

test('one rejection is enough: nothing is sent', async () => {
  const id = await ask('11.00');
  expect((await approve(id, 'two', 'reject')).body).toMatchObject({
    status: 'canceled',
    failure_reason: 'Rejected: Looked at by the test.',
  });
  expect((await payments(stack)).filter(({ amount }) => Number(amount) === 11)).toEqual([]);
});

test('the API died between the row and the workflow: the first word about the wire starts it', async () => {
  const [approved, canceled] = [await ask('13.50'), await ask('13.60')];
  for (const id of [approved, canceled])
    await treasury.client.workflow.getHandle(`wire:${id}`).terminate('as if it had never started');
  expect((await approve(approved, 'two')).status).toBe(200);
  await treasury.reaches(approved, 'complete');
  const called = await stack.call('POST', `/v1/admin/wires/${canceled}/cancel`, {
    token: await treasury.staff('two'),
    body: { note: 'Not needed any more.' },
  });
  expect(called).toMatchObject({ status: 200, body: { status: 'canceled' } });
});

test('approval that nobody gives in time calls the wire off', async () => {
  await treasury.setPolicy({ approvalExpiresAfterSeconds: 1 });
  const id = await ask('12.00');
  expect(await treasury.reaches(id, 'canceled')).toMatchObject({
    failure_reason: 'Nobody approved it in time.',
  });
});

test('outside bank hours a wire is planned, says when it goes, and can be called off', async () => {
  // A cut-off before the opening: the banks are closed at any time of any day.
  await treasury.setPolicy({ bankHours: 'fedwire', bankOpensAt: '23:59', bankCutOffAt: '00:00' });
  const id = await ask('13.00');
  await approve(id, 'two');
  const wire = await eventually('it waits for the banks', async () => {
    const row = (await treasury.wires()).find((one) => one.id === id);
    return row?.waiting_for === 'bank_hours' && row;
  });
  expect(wire.sends_at?.getTime()).toBeGreaterThan(Date.now());
  expect(wire.expected_at?.getTime()).toBeGreaterThan(wire.sends_at?.getTime() ?? 0);
  const token = await treasury.staff('one');
  const { body } = await stack.call('GET', `/v1/admin/wires/${id}`, { token });
  expect(body.message).toMatch(/US banks are closed or past their cut-off. It is sent when they open./);
  const canceled = await stack.call('POST', `/v1/admin/wires/${id}/cancel`, {
    token,
    body: { note: 'Not needed.' },
  });
  expect(canceled.body).toMatchObject({ status: 'canceled', failure_reason: 'Not needed.' });
});

test('what is with the bank cannot be called back', async () => {
  const id = await ask('14.00');
  await approve(id, 'two');
  await treasury.reaches(id, 'complete');
  const token = await treasury.staff('one');
  const { body } = await stack.call('POST', `/v1/admin/wires/${id}/cancel`, {
    token,
    body: { note: 'Too late.' },
  });
  expect(body).toMatchObject({
    code: 'decision_refused',
    detail: expect.stringMatching(/^The wire is complete/),
  });
});

test.each(['wires', 'mint'])(
  'switch %s off: the wire holds, says why, and goes on when released',
  async (key) => {
    const token = await treasury.staff('one');
    const turn = (off: boolean) =>
      stack.call('PUT', `/v1/admin/switches/${key}`, {
        token,
        body: { off, reason: 'the bank has an outage' },
      });
    await turn(true);
    await treasury.setPolicy({ lookUpAfterSeconds: [3600] });
    const id = await ask(key === 'wires' ? '15.00' : '16.00');
    await approve(id, 'two');
    await eventually('it is held', async () => {
      const { body } = await stack.call('GET', `/v1/admin/wires/${id}`, { token });
      expect(body).toMatchObject({ waiting_for: 'paused', paused_by: `${key} (the bank has an outage)` });
      return true;
    });
    await turn(false);
    await treasury.reaches(id, 'initiated').catch(() => treasury.reaches(id, 'complete'));
  },
);

test('a float that runs dry: an alarm with figures, told once; a wire ends it and wakes the deposit', async () => {
  // No wire is large enough to be worth it: nothing refills the float yet.
  await treasury.setPolicy({ minimumWireUsd: '900000000.00' });
  const token = await treasury.staff('one');
  const customer = await createCustomer(stack);
  await customer.receive({ amount: '70000.00' });
  await eventually('it waits for float', async () => (await customer.deposits())[0]?.waiting_for === 'float');
  await treasury.round();
  const float = async () => {
    const { body } = await stack.call('GET', '/v1/admin/treasury', { token });
    return body.data.find(({ account }: { account: string }) => account === 'alpaca_firm');
  };
  const { alarm, alarm_since, dry_at } = await float();
  expect(alarm).toMatch(/^The firm account at Alpaca holds .* On their way are 70000.00 that will be drawn/);
  expect([alarm_since, dry_at]).toEqual([expect.any(String), expect.any(String)]);
  const notices = async () =>
    (await stack.database.pool.query(`select body from notifications where kind = 'treasury.alarm'`)).rows;
  await treasury.round();
  const told = (await notices()).length;
  expect(told).toBeGreaterThan(0);
  await treasury.round();
  expect(await notices()).toHaveLength(told);

  await treasury.setPolicy();
  await eventually('a wire has brought float, and the deposit is buying power', async () => {
    await treasury.round();
    expect(await balanceOf(stack.database.pool, 'customer_cash', customer.id)).toBe(70_000_000_000n);
    return true;
  });
  // Until a wire has brought more than the deposit drew, the float may be dry still.
  await eventually('a round ends the alarm', async () => {
    await treasury.round();
    expect((await float()).alarm).toBeNull();
    return true;
  });
  const { rows } = await stack.database.pool.query(
    `select action from audit_log where subject_id = 'alpaca_firm' order by id`,
  );
  expect(rows.map(({ action }) => action)).toEqual(['treasury.alarm', 'treasury.alarm_ended']);
});

test('a word whose answer was lost is said again: it counts once, and is answered as before', async () => {
  const id = await ask('17.00');
  const token = await treasury.staff('two');
  const body = { decision: 'approve', note: 'Looked at by the test.' };
  const headers = { 'x-request-id': `approve-${id}` };
  const answers = [];
  for (let time = 0; time < 2; time += 1)
    answers.push(await stack.call('POST', `/v1/admin/wires/${id}/approvals`, { token, body, headers }));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  await treasury.reaches(id, 'complete');
  const { rows } = await stack.database.pool.query(
    `select (select count(*)::int from wire_approvals where wire_id::text = $1) as votes,
       (select count(*)::int from audit_log where subject_id = $1 and action = 'wire.approve') as audited`,
    [id],
  );
  expect(rows).toEqual([{ votes: 1, audited: 1 }]);
});
