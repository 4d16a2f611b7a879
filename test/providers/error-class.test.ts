/** Whatever a company answers, or fails to answer, ends in the one right error class: provider × verb × fault. */
import { randomUUID } from 'node:crypto';
import { createAlpacaClient } from '../../activities/providers/alpaca/client.ts';
import { createCircleClient } from '../../activities/providers/circle/client.ts';
import type { CallKind } from '../../activities/providers/classify.ts';
import { createMintClient } from '../../activities/providers/mint/client.ts';
import type { ProviderError } from '../../domain/provider-error.ts';
import { eventually } from '../support/eventually.ts';
import { closedUrl, type Script, type ScriptedCompany, startScriptedCompany } from './scripted-company.ts';

const PATIENT = { readMs: 20_000, writeMs: 20_000 };
/** Short enough to be waited for by the silent company of each verb. */
const HASTY = { readMs: 800, writeMs: 800 };
/** Of the next client: a busy machine may take long to bring an answer, but not one that never comes. */
let timeouts = PATIENT;
const id = randomUUID();
const now = new Date().toISOString();

const circleAt = (baseUrl: string) =>
  createCircleClient(
    { baseUrl, apiKey: 'k', entitySecret: 'ab'.repeat(32), network: 'testnet' },
    { timeouts },
  );
const mintAt = (baseUrl: string) => createMintClient({ baseUrl, apiKey: 'k' }, { timeouts });
const alpacaAt = (baseUrl: string) =>
  createAlpacaClient(
    { baseUrl, dataUrl: baseUrl, keyId: 'k', secretKey: 's', firmAccountId: id },
    { timeouts },
  );

interface Verb {
  readonly provider: string;
  readonly operation: string;
  readonly kind: CallKind;
  readonly call: (baseUrl: string) => Promise<unknown>;
}

const transfer = {
  idempotencyKey: randomUUID(),
  walletId: id,
  tokenId: id,
  destinationAddress: '0xabc',
  amount: '1.5',
  refId: 'dep-1',
  feeLevel: 'MEDIUM',
} as const;
const journal = {
  idempotencyKey: randomUUID(),
  fromAccountId: id,
  toAccountId: id,
  amount: '1.50',
  description: 'dep-1',
};
const key = randomUUID();

const VERBS: Verb[] = [
  {
    provider: 'circle',
    operation: 'createTransfer',
    kind: 'write',
    call: (u) => circleAt(u).createTransfer(transfer),
  },
  {
    provider: 'circle',
    operation: 'createWallets',
    kind: 'write',
    call: (u) =>
      circleAt(u).createWallets({ idempotencyKey: key, walletSetId: id, chains: ['base'], refId: 'u' }),
  },
  {
    provider: 'circle',
    operation: 'cancel',
    kind: 'write',
    call: (u) => circleAt(u).cancel({ idempotencyKey: key, transactionId: id }),
  },
  {
    provider: 'circle',
    operation: 'getTransaction',
    kind: 'read',
    call: (u) => circleAt(u).getTransaction(id),
  },
  {
    provider: 'circle',
    operation: 'listInbound',
    kind: 'read',
    call: (u) => circleAt(u).listInbound({ since: now }),
  },
  {
    provider: 'circle',
    operation: 'findTransfer',
    kind: 'search',
    call: (u) => circleAt(u).findTransfer({ walletId: id, refId: 'dep-1', since: now }),
  },
  {
    provider: 'mint',
    operation: 'createPayout',
    kind: 'write',
    call: (u) => mintAt(u).createPayout({ idempotencyKey: key, wireAccountId: id, amount: '5.00' }),
  },
  {
    provider: 'mint',
    operation: 'createTransfer',
    kind: 'write',
    call: (u) => mintAt(u).createTransfer({ idempotencyKey: key, addressId: id, amount: '5' }),
  },
  { provider: 'mint', operation: 'getTransfer', kind: 'read', call: (u) => mintAt(u).getTransfer(id) },
  { provider: 'mint', operation: 'balances', kind: 'read', call: (u) => mintAt(u).balances() },
  {
    provider: 'mint',
    operation: 'findTransferByHash',
    kind: 'search',
    call: (u) => mintAt(u).findTransferByHash({ txHash: '0x1', amount: '5', since: now }),
  },
  {
    provider: 'alpaca',
    operation: 'createJournal',
    kind: 'write',
    call: (u) => alpacaAt(u).createJournal(journal),
  },
  {
    provider: 'alpaca',
    operation: 'createWire',
    kind: 'write',
    call: (u) => alpacaAt(u).createWire({ accountId: id, bankId: id, amount: '9.00', reference: 'r' }),
  },
  { provider: 'alpaca', operation: 'getJournal', kind: 'read', call: (u) => alpacaAt(u).getJournal(id) },
  {
    provider: 'alpaca',
    operation: 'getFirmAccount',
    kind: 'read',
    call: (u) => alpacaAt(u).getFirmAccount(),
  },
  { provider: 'alpaca', operation: 'getClock', kind: 'read', call: (u) => alpacaAt(u).getClock() },
];

type Class = 'Refused' | 'Unavailable' | 'Unclear' | 'Defect';
interface Fault {
  readonly name: string;
  readonly script: Script;
  readonly read: Class;
  readonly write: Class;
  /** Where a search differs from another read. */
  readonly search?: Class;
  readonly httpStatus?: number;
  readonly retryAfterMs?: number;
}

const answer = (status: number, message = 'no'): Script => ({ status, body: { code: status, message } });
const FAULTS: Fault[] = [
  { name: '400', script: answer(400), read: 'Defect', write: 'Defect', httpStatus: 400 },
  { name: '401', script: answer(401), read: 'Defect', write: 'Defect', httpStatus: 401 },
  { name: '403', script: answer(403, 'forbidden.'), read: 'Defect', write: 'Defect', httpStatus: 403 },
  { name: '404', script: answer(404), read: 'Refused', write: 'Refused', search: 'Defect', httpStatus: 404 },
  {
    name: '404 as a web page',
    script: { status: 404, body: '<html>' },
    read: 'Defect',
    write: 'Defect',
    httpStatus: 404,
  },
  { name: '422', script: answer(422), read: 'Refused', write: 'Refused', search: 'Defect', httpStatus: 422 },
  {
    name: '429 with Retry-After',
    script: { status: 429, body: { code: 429, message: 'slow down' }, headers: { 'retry-after': '7' } },
    read: 'Unavailable',
    write: 'Unavailable',
    httpStatus: 429,
    retryAfterMs: 7_000,
  },
  { name: '500', script: answer(500), read: 'Unavailable', write: 'Unclear', httpStatus: 500 },
  {
    name: '502',
    script: { status: 502, body: '<html>' },
    read: 'Unavailable',
    write: 'Unclear',
    httpStatus: 502,
  },
  { name: '503', script: answer(503), read: 'Unavailable', write: 'Unavailable', httpStatus: 503 },
  { name: '504', script: answer(504), read: 'Unavailable', write: 'Unclear', httpStatus: 504 },
  { name: 'a cut connection', script: 'cut', read: 'Unavailable', write: 'Unclear' },
  { name: 'a time-out', script: 'hang', read: 'Unavailable', write: 'Unclear' },
  { name: 'garbage', script: { status: 200, body: '<html>hello' }, read: 'Unavailable', write: 'Unclear' },
  {
    name: 'another shape',
    script: { status: 200, body: { data: { a: 1 }, id: 5 } },
    read: 'Defect',
    write: 'Unclear',
  },
];

let company: ScriptedCompany;
beforeAll(async () => {
  company = await startScriptedCompany();
  // The first call of each client loads and compiles its SDK, which takes longer than an answer may.
  for (const { call } of VERBS) await call(company.url).catch(() => undefined);
}, 60_000);
afterAll(() => company.stop());
afterEach(() => {
  timeouts = PATIENT;
});

const errorOf = async (promise: Promise<unknown>): Promise<ProviderError> =>
  promise.then(
    (value) => Promise.reject(new Error(`no error, but ${JSON.stringify(value)}`)),
    (error) => error,
  );

describe.each(VERBS)('$provider.$operation', ({ provider, operation, kind, call }) => {
  test.each(FAULTS)('$name', async (fault) => {
    company.play(fault.script);
    if (fault.script === 'hang') timeouts = HASTY;
    const error = await errorOf(call(company.url));
    const name = kind === 'search' ? (fault.search ?? fault.read) : fault[kind];
    expect(error).toMatchObject({ name, provider, operation });
    expect(error.httpStatus).toBe(fault.httpStatus);
    expect(error.retryAfterMs).toBe(fault.retryAfterMs);
    expect(company.seen).toHaveLength(1);
  });

  test('a connection that nobody accepts was certainly not processed', async () => {
    const error = await errorOf(call(await closedUrl()));
    expect(error).toMatchObject({ name: 'Unavailable', code: 'ECONNREFUSED', provider, operation });
  });
});

describe('what a company says beyond the status', () => {
  const verb = (name: string) => VERBS.find(({ operation }) => operation === name) as Verb;

  test.each([
    ['circle: not enough funds', 'createTransfer', 400, 155201, 'Refused'],
    ['circle: bad destination', 'createTransfer', 400, 155219, 'Refused'],
    ['circle: wallet frozen', 'createTransfer', 403, 155501, 'Refused'],
    ['circle: reused ciphertext', 'createTransfer', 409, 156004, 'Defect'],
    ['circle: idempotency key taken', 'createTransfer', 409, 177607, 'Unclear'],
    ['circle: no such transaction', 'getTransaction', 404, 156003, 'Refused'],
    ['circle: an outage that carries a code', 'createTransfer', 500, 155201, 'Unclear'],
    ['mint: key used for another request', 'createPayout', 409, 409, 'Unclear'],
    ['mint: something went wrong', 'createPayout', 500, -1, 'Unclear'],
    ['alpaca: amount not available', 'createJournal', 403, 40310000, 'Refused'],
  ])('%s', async (_name, operation, status, code, expected) => {
    company.play({ status, body: { code, message: 'words' } });
    const error = await errorOf(verb(operation).call(company.url));
    expect(error).toMatchObject({ name: expected, code: String(code) });
  });

  test('alpaca: a key that an earlier journal has must be looked up', async () => {
    company.play({
      status: 422,
      body: { code: 42210000, message: 'idempotency key reused with another body' },
    });
    expect(await errorOf(verb('createJournal').call(company.url))).toMatchObject({ name: 'Unclear' });
  });

  test('alpaca: the rate limit header tells how long to wait', async () => {
    const reset = Math.ceil(Date.now() / 1000) + 5;
    company.play({
      status: 429,
      body: { message: 'limit' },
      headers: { 'x-ratelimit-reset': String(reset) },
    });
    const error = await errorOf(verb('getClock').call(company.url));
    expect(error.retryAfterMs).toBeGreaterThan(4_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(7_000);
  });

  test.each([
    [
      'a reset by a clock that is an hour ahead',
      { 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 3_600) },
      61_000,
    ],
    ['a date by such a clock', { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() }, 300_000],
    ['a day', { 'retry-after': '86400' }, 300_000],
  ])('alpaca: nobody makes money wait for long: %s', async (_name, headers, longest) => {
    company.play({ status: 429, body: { message: 'limit' }, headers });
    const error = await errorOf(verb('getClock').call(company.url));
    expect(error.retryAfterMs).toBe(longest);
  });
});

describe('every call', () => {
  test.each(VERBS)('$provider.$operation closes its connection when its time is over', async ({ call }) => {
    company.play('hang');
    timeouts = HASTY;
    const before = company.abandoned();
    await errorOf(call(company.url));
    await eventually('the connection is closed', () => company.abandoned() === before + 1);
  });

  test('is refused as our defect, unsent, when its input is wrong', async () => {
    company.play({ status: 200, body: {} });
    const wrong = [
      circleAt(company.url).createTransfer({ ...transfer, amount: '-1' }),
      circleAt(company.url).createTransfer({ ...transfer, idempotencyKey: 'again' }),
      circleAt(company.url).getTransaction('../wallets'),
      mintAt(company.url).createPayout({ idempotencyKey: key, wireAccountId: id, amount: '1.005' }),
      mintAt(company.url).findTransferByHash({ txHash: '', amount: '1', since: now }),
      alpacaAt(company.url).createJournal({ ...journal, amount: '0.00' }),
      alpacaAt(company.url).getJournal('a/b'),
    ];
    for (const call of wrong) {
      expect(await errorOf(call)).toMatchObject({ name: 'Defect', code: 'invalid_input' });
    }
    expect(company.seen).toHaveLength(0);
  });

  test('carries no credentials in its error', async () => {
    company.play('cut', answer(500));
    const secret = 'TEST_API_KEY:very:secret';
    const client = createMintClient({ baseUrl: company.url, apiKey: secret }, { timeouts });
    const circle = createCircleClient(
      { baseUrl: company.url, apiKey: secret, entitySecret: 'cd'.repeat(32), network: 'testnet' },
      { timeouts },
    );
    for (const call of [() => client.balances(), () => client.balances(), () => circle.getWallet(id)]) {
      const error = await errorOf(call());
      expect(JSON.stringify({ ...error, cause: error.cause, stack: error.stack })).not.toContain(secret);
    }
  });
});
