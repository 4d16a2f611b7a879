/** Bank wires between Circle Mint and Alpaca inside the sandbox arrive by themselves, in both directions. */
import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.ts';
import { type Json, startWorld, type World } from './circle-world.ts';

let world: World;
let account: Json;
/** Since the firm knows Mint's bank. */
let wireToMint: (amount: string) => Promise<Json>;
beforeAll(async () => {
  world = await startWorld();
  await world.control('POST', '/control/mint/balance', { amount: '1000' });
  const { data } = await world.mint.wires.createBusinessWireAccount({
    idempotencyKey: randomUUID(),
    accountNumber: world.sandbox.credentials.alpaca!.wire_account_number,
    routingNumber: '121000248',
    billingDetails: { name: 'Sluice', city: 'Boston', country: 'US', line1: '1 Main', postalCode: '02110' },
    bankAddress: { bankName: 'BROKER BANK', country: 'US' },
  } as never);
  account = data.data!;
  await eventually('linked', async () => {
    const { data: found } = await world.mint.wires.getBusinessWireAccount(account.id);
    return found.data!.status === 'complete';
  });
});
afterAll(() => world.sandbox.stop());

const firmCash = async (): Promise<number> => {
  const { body } = await world.control('GET', '/control/books?prefix=alpaca:cash:');
  const firm = `alpaca:cash:${world.sandbox.credentials.alpaca!.firm_account_id}`;
  return Number(body.accounts.find((row: Json) => row.account === firm)?.balance ?? 0) / 1_000_000;
};
const mintBalance = async (): Promise<number> =>
  Number((await world.mint.balances.listBusinessBalances()).data.data!.available[0]!.amount);
const payOut = (amount: string) =>
  world.mint.payouts.createBusinessPayout({
    idempotencyKey: randomUUID(),
    destination: { type: 'wire', id: account.id },
    amount: { amount, currency: 'USD' },
  } as never);
const alpaca = async (path: string, body: object): Promise<Json> => {
  const { base_url, key, secret } = world.sandbox.credentials.alpaca!;
  const authorization = `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const answer = await fetch(`${base_url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const content = (await answer.json()) as Json;
  if (!answer.ok) throw new Error(JSON.stringify(content));
  return content;
};

test('a payout to the broker’s bank account becomes the firm’s cash', async () => {
  const before = await firmCash();
  await payOut('250.00');
  await eventually('arrived', async () => (await firmCash()) === before + 250);
  expect(await mintBalance()).toBe(750);
});

test('a payout that comes back never reaches the firm', async () => {
  const before = await firmCash();
  const { data } = await payOut('88.82');
  await eventually('returned', async () => {
    const { data: payout } = await world.mint.payouts.getBusinessPayout(data.data!.id!);
    return (payout.data as Json).errorCode === 'transaction_returned';
  });
  await eventually('nothing is under way', () => world.sandbox.kernel.scheduler.pending() === 0);
  expect([await firmCash(), await mintBalance()]).toEqual([before, 750]);
});

test('a wire from the firm with the tracking reference becomes a deposit at Mint', async () => {
  const firm = world.sandbox.credentials.alpaca!.firm_account_id!;
  const { data } = await world.mint.wires.getBusinessWireAccountInstructions(account.id, 'USD');
  const { beneficiaryBank, trackingRef } = data.data!;
  const bank = await alpaca(`/v1/accounts/${firm}/recipient_banks`, {
    name: 'Circle',
    bank_code: beneficiaryBank!.routingNumber,
    bank_code_type: 'ABA',
    account_number: beneficiaryBank!.accountNumber,
  });
  wireToMint = (amount) =>
    alpaca(`/v1/accounts/${firm}/transfers`, {
      transfer_type: 'wire',
      direction: 'OUTGOING',
      bank_id: bank.id,
      amount,
      additional_information: `Reference ${trackingRef}`,
    });
  await wireToMint('100.00');
  await eventually('deposited', async () => (await mintBalance()) === 850);
  expect(await firmCash()).toBe(150);
  const { data: deposits } = await world.mint.deposits.listBusinessDeposits();
  expect(deposits.data![0]).toMatchObject({ status: 'complete', sourceWalletId: account.id });
  const { body } = await world.control('GET', '/control/books');
  expect(new Set(Object.values(body.sums))).toEqual(new Set(['0']));
});

test('a wire from the firm that waits is on its way to Mint once an operator completes it', async () => {
  const firm = world.sandbox.credentials.alpaca!.firm_account_id!;
  const before = await mintBalance();
  await world.control('POST', '/control/faults', {
    operation: 'alpaca.createTransfer',
    kind: 'stuck',
    count: 1,
  });
  const held = await wireToMint('30.00');
  await eventually('nothing is under way', () => world.sandbox.kernel.scheduler.pending() === 0);
  expect(await mintBalance()).toBe(before);
  const path = `/control/alpaca/transfers/${held.id}/status`;
  const { body } = await world.control('POST', path, { status: 'COMPLETE' });
  expect(body).toMatchObject({ account_id: firm, status: 'COMPLETE' });
  await eventually('deposited', async () => (await mintBalance()) === before + 30);
});
