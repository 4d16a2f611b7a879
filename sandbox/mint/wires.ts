/**
 * Bank accounts for wires, their instructions, and wires that come in. Circle: Mint OpenAPI, tags Wires,
 * Deposits.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { type Route, route } from '../kernel/http.ts';
import { invalidEntity, notFound } from './problem.ts';
import { answerList, creatingRoute, dollars, readMoney, readText } from './requests.ts';
import type { SnsNotifier } from './sns.ts';
import {
  AVAILABLE,
  BANK,
  type KeptDeposit,
  type KeptWireAccount,
  type MintWorld,
  USD,
  type WireAccount,
} from './world.ts';

const PATH = '/v1/businessAccount/banks/wires';
/** Account numbers that end so are refused by the bank's check. */
const MAGIC_REFUSED_ENDING = '9999';
/** Where every incoming wire goes. */
const BENEFICIARY_ACCOUNT = '123815146304';

function requireObject(
  body: Record<string, unknown>,
  name: string,
  fields: string[],
): Record<string, unknown> {
  const value = body[name];
  if (value === null || typeof value !== 'object') throw invalidEntity({ location: name, error: 'required' });
  const content = value as Record<string, unknown>;
  const missing = fields.filter((field) => typeof content[field] !== 'string' || content[field] === '');
  if (missing.length > 0) {
    throw invalidEntity(...missing.map((field) => ({ location: `${name}.${field}`, error: 'required' })));
  }
  return content;
}

function readAccount(body: Record<string, unknown>, now: string): KeptWireAccount {
  const iban = typeof body.iban === 'string' ? body.iban : undefined;
  const accountNumber = iban ?? readText(body, 'accountNumber');
  if (!iban) readText(body, 'routingNumber');
  const billingDetails = requireObject(body, 'billingDetails', [
    'name',
    'city',
    'country',
    'line1',
    'postalCode',
  ]);
  const bankAddress = requireObject(body, 'bankAddress', ['country']);
  const bankName = typeof bankAddress.bankName === 'string' ? bankAddress.bankName : 'BANK';
  const wire: WireAccount = {
    id: randomUUID(),
    status: 'pending',
    description: `${bankName} ****${accountNumber.slice(-4)}`,
    trackingRef: `CIR${randomBytes(5).toString('hex').toUpperCase().slice(0, 7)}`,
    transferTypesInfo: { wire: { currencies: ['USD'] } },
    fingerprint: createHash('sha256').update(accountNumber).digest('hex').slice(0, 32),
    billingDetails,
    bankAddress,
    createDate: now,
    updateDate: now,
  };
  return { wire, accountNumber };
}

function instructions({ wire }: KeptWireAccount) {
  return {
    trackingRef: wire.trackingRef,
    beneficiary: {
      name: 'CIRCLE INTERNET FINANCIAL INC',
      address1: '99 HIGH STREET',
      address2: 'BOSTON MA 02110',
    },
    beneficiaryBank: {
      name: 'SANDBOX BANK',
      swiftCode: 'SBOXUS66XXX',
      routingNumber: '322286803',
      accountNumber: BENEFICIARY_ACCOUNT,
      currency: 'USD',
      address: '1 WIRE STREET',
      city: 'NEW YORK',
      postalCode: '10001',
      country: 'US',
    },
  };
}

/** Books what arrives from a linked bank account: a deposit, pending and then complete. */
function createIncoming(
  world: MintWorld,
  notifier: SnsNotifier,
): (account: WireAccount, units: bigint) => void {
  const { kernel, wireAccounts, deposits, walletId } = world;
  const { scheduler, books, clock } = kernel;
  kernel.settings.defineDelay('mint.wire', 2_000);
  scheduler.on<{ id: string }>('mint.book_wire', ({ id }) => {
    const kept = deposits.get(id);
    if (kept?.wire.status !== 'pending') return;
    const amount = BigInt(kept.units);
    books.post(`mint deposit ${id}`, [
      { account: BANK, asset: USD, amount: -amount },
      { account: AVAILABLE, asset: USD, amount },
    ]);
    const wire = { ...kept.wire, status: 'complete', updateDate: clock.iso() };
    deposits.put({ ...kept, wire });
    notifier.notify('deposits', 'deposit', wire);
  });
  const arrive = (account: WireAccount, units: bigint): void => {
    const now = clock.iso();
    const deposit: KeptDeposit = {
      units: units.toString(),
      wire: {
        id: randomUUID(),
        sourceWalletId: account.id,
        destination: { type: 'wallet', id: walletId },
        amount: dollars(units),
        fee: dollars(0n),
        status: 'pending',
        createDate: now,
        updateDate: now,
      },
    };
    deposits.insert(deposit);
    scheduler.after('mint.wire', 'mint.book_wire', { id: deposit.wire.id });
  };
  // A wire from another company of the sandbox carries the tracking reference among its words.
  kernel.wires.receive(BENEFICIARY_ACCOUNT, ({ units, information }) => {
    const reference = /CIR[0-9A-F]{7}/.exec(information)?.[0];
    const account = reference && wireAccounts.find('reference', reference);
    if (account) arrive(account.wire, units);
  });
  return arrive;
}

/** The route that plays a wire from a linked bank account. Circle: Mint OpenAPI, mocks, sandbox only. */
function mockWireRoute(world: MintWorld, arrive: (account: WireAccount, units: bigint) => void): Route {
  return route('POST', '/v1/mocks/payments/wire', 'mint.mockWire', ({ body }) => {
    const account = world.wireAccounts.find('reference', readText(body, 'trackingRef'));
    if (!account) throw invalidEntity({ location: 'trackingRef', value: body.trackingRef });
    const { units, money } = readMoney(body.amount);
    const beneficiaryBank = requireObject(body, 'beneficiaryBank', ['accountNumber']);
    arrive(account.wire, units);
    const { trackingRef } = account.wire;
    return {
      status: 201,
      body: { data: { trackingRef, amount: money, beneficiaryBank, status: 'pending' } },
    };
  });
}

/** Routes of bank accounts, mock wires and deposits. */
export function wireRoutes(world: MintWorld, notifier: SnsNotifier): Route[] {
  const { kernel, wireAccounts, deposits } = world;
  const { scheduler, faults, clock } = kernel;
  kernel.settings.defineDelay('mint.wire_account', 1_000);
  scheduler.on<{ id: string }>('mint.link_account', ({ id }) => {
    const kept = wireAccounts.get(id);
    if (kept?.wire.status !== 'pending') return;
    const fault = faults.take('mint', 'mint.wire_account', kept.wire, ['fail', 'pending']);
    if (fault?.kind === 'pending') return;
    const isRefused = fault?.kind === 'fail' || kept.accountNumber.endsWith(MAGIC_REFUSED_ENDING);
    const wire = { ...kept.wire, status: isRefused ? 'failed' : 'complete', updateDate: clock.iso() };
    wireAccounts.put({ ...kept, wire });
    notifier.notify('wire', 'wire', wire);
  });
  const accountOf = (id: string | undefined): KeptWireAccount => {
    const found = wireAccounts.get(id ?? '');
    if (!found) throw notFound();
    return found;
  };
  const answer = (data: unknown) => ({ status: 200, body: { data } });
  return [
    creatingRoute(world, PATH, 'mint.createWireAccount', 201, ({ body }) => {
      const kept = wireAccounts.insert(readAccount(body, clock.iso()));
      scheduler.after('mint.wire_account', 'mint.link_account', { id: kept.wire.id });
      return kept.wire;
    }),
    route('GET', PATH, 'mint.listWireAccounts', () => answer(wireAccounts.list().map(({ wire }) => wire))),
    route('GET', `${PATH}/:id`, 'mint.getWireAccount', ({ params }) => answer(accountOf(params.id).wire)),
    route('GET', `${PATH}/:id/instructions`, 'mint.getWireInstructions', ({ params }) =>
      answer(instructions(accountOf(params.id))),
    ),
    mockWireRoute(world, createIncoming(world, notifier)),
    route('GET', '/v1/businessAccount/deposits', 'mint.listDeposits', (request) =>
      answerList(world, request, deposits),
    ),
  ];
}
