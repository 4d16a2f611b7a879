/** Alpaca's Broker API against the sandbox: every verb, and what a lost answer leaves behind. */
import { randomUUID } from 'node:crypto';
import { type AlpacaClient, createAlpacaClient } from '../../activities/providers/alpaca/client.ts';
import type { AlpacaEvent } from '../../activities/providers/alpaca/events.ts';
import { createAlpacaStream } from '../../activities/providers/alpaca/stream.ts';
import { eventually } from '../support/eventually.ts';
import { sandboxInProcess, type TestSandbox } from '../support/sandbox.ts';

let sandbox: TestSandbox;
let alpaca: AlpacaClient;
/** Gives up after two seconds: for calls that are never answered. */
let hasty: AlpacaClient;
let firm: string;
let customer: string;
const since = new Date().toISOString();

const configOf = ({ facts }: TestSandbox) => ({
  baseUrl: facts.alpaca.base_url,
  dataUrl: facts.alpaca.data_url,
  keyId: facts.alpaca.key,
  secretKey: facts.alpaca.secret,
  firmAccountId: facts.alpaca.firm_account_id,
});

let applicants = 0;
function application() {
  applicants += 1;
  const signed = { signedAt: '2026-01-02T15:04:05Z', ipAddress: '185.13.21.99', revision: '19.2022.02' };
  return {
    contact: {
      emailAddress: `grace.${applicants}.${randomUUID()}@example.com`,
      phoneNumber: '+15555550123',
      streetAddress: ['20 N San Mateo Dr'],
      city: 'San Mateo',
      state: 'CA',
      postalCode: '94401',
      country: 'USA',
    },
    identity: {
      givenName: 'Grace',
      familyName: 'Hopper',
      dateOfBirth: '1990-12-09',
      taxId: `543-${20 + (applicants % 70)}-${2200 + applicants}`,
      taxIdType: 'USA_SSN',
      countryOfTaxResidence: 'USA',
      fundingSource: ['employment_income'],
    },
    disclosures: {
      isControlPerson: false,
      isAffiliatedExchangeOrFinra: false,
      isPoliticallyExposed: false,
      immediateFamilyExposed: false,
    },
    agreements: [
      { agreement: 'customer_agreement', ...signed },
      { agreement: 'account_agreement', ...signed },
    ],
  };
}

beforeAll(async () => {
  sandbox = await sandboxInProcess();
  const config = configOf(sandbox);
  firm = config.firmAccountId;
  alpaca = createAlpacaClient(config);
  hasty = createAlpacaClient(config, { timeouts: { readMs: 2_000, writeMs: 2_000 } });
  await sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '10000.00' });
  customer = (await alpaca.createAccount(application())).id;
  await eventually(
    'the account is active',
    async () => (await alpaca.getAccount(customer)).status === 'active',
  );
});
afterAll(() => sandbox.stop());
afterEach(() => sandbox.control('DELETE', '/control/faults'));

const journalOf = (change: object = {}) => ({
  idempotencyKey: randomUUID(),
  fromAccountId: firm,
  toAccountId: customer,
  amount: '12.50',
  description: `dep-${randomUUID()}`,
  ...change,
});

test('an account is opened once per e-mail address and found by it', async () => {
  const input = application();
  const opened = await alpaca.createAccount(input);
  await expect(alpaca.createAccount(input)).rejects.toMatchObject({ name: 'Refused', httpStatus: 409 });
  expect((await alpaca.findAccountByEmail(input.contact.emailAddress.toUpperCase()))?.id).toBe(opened.id);
  expect(await alpaca.findAccountByEmail(`nobody.${input.contact.emailAddress}`)).toBeNull();
});

test('an account that does not exist is refused with 404', async () => {
  await expect(alpaca.getAccount(randomUUID())).rejects.toMatchObject({ name: 'Refused', httpStatus: 404 });
});

test('documents are uploaded', async () => {
  const document = {
    documentType: 'identity_verification',
    documentSubType: 'passport',
    content: Buffer.from('passport').toString('base64'),
    mimeType: 'image/jpeg' as const,
  };
  await expect(
    alpaca.uploadDocuments({ accountId: customer, documents: [document] }),
  ).resolves.toBeUndefined();
});

test('a journal becomes buying power, once per key, and is found by its description', async () => {
  const before = Number((await alpaca.getTradingAccount(customer)).cash);
  const input = journalOf();
  const journal = await alpaca.createJournal(input);
  expect((await alpaca.createJournal(input)).id).toBe(journal.id);
  const done = await eventually('the journal is executed', async () => {
    const seen = await alpaca.getJournal(journal.id);
    return seen.outcome === 'succeeded' ? seen : undefined;
  });
  expect(done).toMatchObject({ entryType: 'JNLC', fromAccountId: firm, toAccountId: customer });
  expect(Number(done.amount)).toBe(12.5);
  const account = await alpaca.getTradingAccount(customer);
  expect(Number(account.cash)).toBe(before + 12.5);
  expect(Number(account.buyingPower)).toBeGreaterThanOrEqual(before + 12.5);
  const { idempotencyKey, ...lookUp } = input;
  expect((await alpaca.findJournal({ ...lookUp, since }))?.id).toBe(journal.id);
  expect(await alpaca.findJournal({ ...lookUp, description: 'never', since })).toBeNull();
  expect(await alpaca.findJournal({ ...lookUp, amount: '12.51', since })).toBeNull();
});

test('the same key with another amount is Unclear: an earlier journal has it', async () => {
  const input = journalOf();
  await alpaca.createJournal(input);
  await expect(alpaca.createJournal({ ...input, amount: '13.50' })).rejects.toMatchObject({
    name: 'Unclear',
  });
});

test('more than the firm has is refused', async () => {
  await expect(alpaca.createJournal(journalOf({ amount: '999999.00' }))).rejects.toMatchObject({
    name: 'Refused',
    httpStatus: 403,
  });
});

test.each([
  ['cut_before', 'Unclear', false],
  ['cut_after', 'Unclear', true],
  ['timeout_before', 'Unclear', false],
  ['timeout_after', 'Unclear', true],
  ['error', 'Unclear', false],
  ['error_after', 'Unclear', true],
  ['unavailable', 'Unavailable', false],
  ['rate_limit', 'Unavailable', false],
])('after %s the journal is %s and the look-up finds it: %s', async (kind, name, isThere) => {
  const input = journalOf({ amount: '1.00' });
  const { idempotencyKey, ...lookUp } = input;
  await sandbox.control('POST', '/control/faults', { operation: 'alpaca.createJournal', kind, count: 1 });
  const caller = kind.startsWith('timeout') ? hasty : alpaca;
  await expect(caller.createJournal(input)).rejects.toMatchObject({ name });
  const found = await alpaca.findJournal({ ...lookUp, since });
  expect(found !== null).toBe(isThere);
  const { id } = await alpaca.createJournal(input);
  expect((await alpaca.findJournal({ ...lookUp, since }))?.id).toBe(id);
});

test('a journal that was executed cannot be canceled', async () => {
  const { id } = await alpaca.createJournal(journalOf({ amount: '1.00' }));
  await eventually('executed', async () => (await alpaca.getJournal(id)).outcome === 'succeeded');
  await expect(alpaca.cancelJournal(id)).rejects.toMatchObject({ name: 'Refused', httpStatus: 422 });
});

test('the firm account shows what journals can take from it', async () => {
  const account = await alpaca.getFirmAccount();
  expect(account).toMatchObject({ id: firm, currency: 'USD', isBlocked: false });
  expect(Number(account.cashTransferable ?? account.cash)).toBeGreaterThan(1_000);
});

test('a wire out goes to a linked bank and is found by its reference', async () => {
  const bank = await alpaca.createRecipientBank({
    accountId: firm,
    name: 'Circle',
    bankCode: '021000021',
    bankCodeType: 'ABA',
    accountNumber: '123456789',
  });
  await eventually('the bank is approved', async () =>
    (await alpaca.listRecipientBanks(firm)).some(({ id, isApproved }) => id === bank.id && isApproved),
  );
  const reference = `sweep-${randomUUID()}`;
  const wire = await alpaca.createWire({ accountId: firm, bankId: bank.id, amount: '100.00', reference });
  expect((await alpaca.findWire({ accountId: firm, reference, amount: '100' }))?.id).toBe(wire.id);
  expect(await alpaca.findWire({ accountId: firm, reference: 'other', amount: '100' })).toBeNull();
  expect((await alpaca.listTransfers(firm)).map(({ id }) => id)).toContain(wire.id);
  // With more wires than a page shows it is found as well, and what is not there is known not to be.
  for (let more = 0; more < 100; more += 1) {
    await alpaca.createWire({ accountId: firm, bankId: bank.id, amount: '1.00', reference: `${more}` });
  }
  expect((await alpaca.findWire({ accountId: firm, reference, amount: '100' }))?.id).toBe(wire.id);
  expect(await alpaca.findWire({ accountId: firm, reference: 'other', amount: '100' })).toBeNull();
});

test('the market has a clock and a calendar', async () => {
  const clock = await alpaca.getClock();
  expect(typeof clock.isOpen).toBe('boolean');
  expect(Date.parse(clock.nextOpen)).not.toBeNaN();
  const days = await alpaca.getCalendar({ start: '2026-11-23', end: '2026-11-27' });
  // Thanksgiving is closed and the day after it ends early.
  expect(days.map(({ date }) => date)).toEqual(['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-27']);
  expect(days.at(-1)).toMatchObject({ open: '09:30', close: '13:00' });
});

test('wrong credentials are our defect', async () => {
  const wrong = createAlpacaClient({ ...configOf(sandbox), secretKey: 'no' });
  await expect(wrong.getClock()).rejects.toMatchObject({ name: 'Defect' });
});

test('the stream of journals tells of one that was executed', async () => {
  const controller = new AbortController();
  const events: AlpacaEvent[] = [];
  const { id } = await alpaca.createJournal(journalOf({ amount: '1.00' }));
  const ended = createAlpacaStream(configOf(sandbox)).readEvents({
    stream: 'journals',
    since: { at: since },
    signal: controller.signal,
    onHeartbeat: () => undefined,
    muteAfterMs: 10_000,
    onEvent: (event) => {
      events.push(event);
      if (event.kind === 'journal' && event.journalId === id && event.outcome === 'succeeded')
        controller.abort();
    },
  });
  await expect(ended).resolves.toBe('aborted');
  expect(events.every(({ kind }) => kind === 'journal')).toBe(true);
});
