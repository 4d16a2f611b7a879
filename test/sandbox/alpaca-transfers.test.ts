/** Banks and transfers of the sandbox's Alpaca: wires that leave the firm, wires that arrive, returns. */
import { eventually, type Json, startWorld, type World } from './alpaca-world.ts';

let world: World;
let bank: string;

const BANK = { name: 'Mint', bank_code: '021000021', bank_code_type: 'ABA', account_number: '123456789' };

beforeAll(async () => {
  world = await startWorld();
  await world.fundFirm('1000.00');
  const { status, body } = await world.call('POST', `/v1/accounts/${world.firmId}/recipient_banks`, BANK);
  expect({ status, bankStatus: body.status }).toEqual({ status: 200, bankStatus: 'QUEUED' });
  bank = String(body.id);
});

afterEach(async () => {
  await world.control('DELETE', '/control/faults');
});

afterAll(async () => {
  const { body } = await world.control('GET', '/control/books');
  expect(Object.values(body.sums as Json).every((sum) => sum === '0')).toBe(true);
  await world.sandbox.stop();
});

function wire(amount: string, more: Json = {}) {
  return world.call('POST', `/v1/accounts/${world.firmId}/transfers`, {
    transfer_type: 'wire',
    bank_id: bank,
    amount,
    direction: 'OUTGOING',
    timing: 'immediate',
    ...more,
  });
}

async function firmCash(): Promise<Json> {
  return (await world.call('GET', `/v1/trading/accounts/${world.firmId}/account`)).body;
}

function reaches(id: unknown, status: string): Promise<Json> {
  return eventually(async () => {
    const { body } = await world.call<Json[]>(
      'GET',
      `/v1/accounts/${world.firmId}/transfers?direction=OUTGOING`,
    );
    return body.find((one) => one.id === id && one.status === status);
  });
}

test('a second recipient bank is 409, a broken routing number 400', async () => {
  const path = `/v1/accounts/${world.firmId}/recipient_banks`;
  expect((await world.call('POST', path, BANK)).status).toBe(409);
  expect((await world.call('POST', path, { ...BANK, bank_code: '021000022' })).status).toBe(400);
  const banks = await eventually(async () => {
    const { body } = await world.call<Json[]>('GET', path);
    return body[0]?.status === 'APPROVED' && body;
  });
  expect(banks).toMatchObject([{ id: bank, account_id: world.firmId, ...BANK }]);
});

test('a wire leaves the firm step by step and takes the cash along', async () => {
  const before = Number((await firmCash()).cash);
  const { status, body } = await wire('100.00', { additional_information: 'settlement 7' });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    type: 'wire',
    status: 'QUEUED',
    amount: '100',
    direction: 'OUTGOING',
    bank_id: bank,
  });
  await reaches(body.id, 'COMPLETE');
  expect(Number((await firmCash()).cash)).toBe(before - 100);
  const { body: paid } = await world.control('GET', '/control/payments?reference=settlement%207');
  expect(paid.data).toMatchObject([{ id: body.id, status: 'COMPLETE', effective: true }]);
});

test('a wire that comes back after COMPLETE gives the cash back', async () => {
  const before = (await firmCash()).cash;
  const fault = { company: 'alpaca', operation: 'alpaca.createTransfer', kind: 'return', count: 1 };
  await world.control('POST', '/control/faults', { ...fault, details: { reason: 'account closed' } });
  const { body } = await wire('50');
  expect(await reaches(body.id, 'RETURNED')).toMatchObject({ reason: 'account closed' });
  expect((await firmCash()).cash).toBe(before);
});

test('a rejected wire gives the cash back', async () => {
  const before = (await firmCash()).cash;
  const fault = { company: 'alpaca', operation: 'alpaca.createTransfer', kind: 'reject', count: 1 };
  await world.control('POST', '/control/faults', fault);
  const { body } = await wire('50');
  await reaches(body.id, 'REJECTED');
  expect((await firmCash()).cash).toBe(before);
});

test('a wire that waits for approval can be canceled', async () => {
  const fault = { company: 'alpaca', operation: 'alpaca.createTransfer', kind: 'pending', count: 1 };
  await world.control('POST', '/control/faults', fault);
  const { body } = await wire('50');
  await reaches(body.id, 'APPROVAL_PENDING');
  const path = `/v1/accounts/${world.firmId}/transfers/${body.id}`;
  expect((await world.call('DELETE', path)).status).toBe(204);
  await reaches(body.id, 'CANCELED');
  expect((await world.call('DELETE', path)).status).toBe(422);
});

test.each([
  ['more than there is', { amount: '99999.00' }, 403],
  ['an incoming wire', { direction: 'INCOMING' }, 422],
  ['a bank that is not known', { bank_id: '00000000-0000-4000-8000-000000000000' }, 422],
  ['no bank', { bank_id: undefined }, 400],
  ['no direction', { direction: undefined }, 400],
])('a transfer with %s is refused', async (_case, changes, status) => {
  expect((await wire('1', changes)).status).toBe(status);
});

test('a customer can link a bank by ACH and pull money in', async () => {
  const id = await world.activeAccount();
  const { body: link } = await world.call('POST', `/v1/accounts/${id}/ach_relationships`, {
    account_owner_name: 'Ada Lovelace',
    bank_account_type: 'CHECKING',
    bank_account_number: '32131231',
    bank_routing_number: '121000358',
  });
  await world.call('POST', `/v1/accounts/${id}/transfers`, {
    transfer_type: 'ach',
    relationship_id: link.id,
    amount: '20',
    direction: 'INCOMING',
    timing: 'immediate',
  });
  await eventually(async () => {
    const { body } = await world.call('GET', `/v1/trading/accounts/${id}/account`);
    return body.cash === '20';
  });
});
