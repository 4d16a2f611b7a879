/** Onboarding: what it asks of Alpaca and Circle, what can become of it, and how a customer is brought to the end. */
import {
  apply,
  type Customer,
  expectOneOfEach,
  newCustomer,
  onboardingOf,
  QUICK_ONBOARDING,
  reached,
  setOnboardingPolicy,
  upload,
} from '../../support/applicant.ts';
import { eventually } from '../../support/eventually.ts';
import type { TestStack } from '../../support/stack.ts';
import type { Fault } from '../../support/trouble.ts';
import { isHit } from './desk.ts';
import type { FaultedLifecycle, Playing } from './lifecycle.ts';
import {
  type Call,
  type Cell,
  callCells,
  eventCells,
  type Meaning,
  type Outcomes,
  outcomeCells,
} from './table.ts';

/** On a machine that others use too. */
const SLOW_MS = 150_000;

/** A person is told, and after a pause the call is tried again by itself. */
const told = (reason: string) => ({
  refused: { reviews: [reason] },
  defect: { reviews: [reason] },
});
const BROKER = told('broker_unclear');
const WALLET = told('wallet_unclear');
/** Nobody at the broker decides until somebody there does. */
const HANGS: Meaning = { hangs: true };

const AT_BROKER = { from: 'funding/broker-account' } as const;
const AT_CIRCLE = { from: 'funding/wallet' } as const;

const CALLS: readonly Call[] = [
  {
    ...{ name: 'open', verb: 'alpaca.createAccount', operation: 'alpaca.createAccount', kind: 'write' },
    ...{ ...AT_BROKER, means: BROKER },
    // The customer corrects what Alpaca does not take, and applies again.
    except: { 'refuse 422': {} },
  },
  {
    ...{ name: 'find the account', verb: 'alpaca.findAccountByEmail', operation: 'alpaca.listAccounts' },
    ...{ ...AT_BROKER, kind: 'search', means: BROKER },
  },
  {
    ...{
      name: 'look up the account',
      verb: 'alpaca.getAccount',
      operation: 'alpaca.getAccount',
      kind: 'read',
    },
    ...{
      ...AT_BROKER,
      means: {
        ...{ fine: HANGS, unavailable: HANGS },
        ...{ refused: { ...HANGS, ...BROKER.refused }, defect: { ...HANGS, ...BROKER.defect } },
      },
    },
  },
  {
    ...{
      name: 'document',
      verb: 'alpaca.uploadDocuments',
      operation: 'alpaca.uploadDocuments',
      kind: 'write',
    },
    ...{ from: 'funding/kyc-documents', means: told('document_not_sent') },
  },
  {
    ...{ name: 'wallet', verb: 'circle.createWallets', operation: 'circle.createWallets', kind: 'write' },
    ...{ ...AT_CIRCLE, means: WALLET },
  },
  {
    ...{
      name: 'find the wallet',
      verb: 'circle.listWallets',
      operation: 'circle.listWallets',
      kind: 'search',
    },
    ...{ ...AT_CIRCLE, means: WALLET },
  },
];

const OUTCOMES: readonly Outcomes[] = [
  {
    ...{ of: 'open', operation: 'alpaca.createAccount' },
    kinds: {
      ...{ stuck: HANGS, pending: HANGS, fail: HANGS },
      ...{ reject: { end: 'rejected' }, action_required: {} },
    },
  },
];

const EVENTS = ['alpaca.event.accounts'];

const cells: Cell[] = [
  ...CALLS.flatMap(callCells),
  ...OUTCOMES.flatMap(outcomeCells),
  // A stream carries no signature: whatever an event says, the account is looked up.
  ...EVENTS.flatMap((event) => eventCells(event, { status_to: 'REJECTED' })),
];

interface Trail {
  readonly customer: Customer;
  readonly status: string;
  readonly reasons: readonly string[];
}

/** The fields by which the requests of this customer are known before anything is made. */
function matchOf(operation: string, { id, application }: Customer): Fault['match'] {
  const { email_address: email } = application;
  const matches: Record<string, Fault['match']> = {
    'alpaca.createAccount': { 'contact.email_address': email },
    'alpaca.listAccounts': { query: email },
    'circle.createWallets': { 'metadata.0.refId': id },
    'circle.listWallets': { refId: id },
  };
  return matches[operation] ?? {};
}

/** What must happen first, so that the call is made at all, or the event sent while its fault is there. */
const LED_BY: Readonly<Record<string, readonly [operation: string, kind: string]>> = {
  'find the account': ['alpaca.createAccount', 'cut_after'],
  'find the wallet': ['circle.createWallets', 'cut_after'],
  'look up the account': ['alpaca.createAccount', 'stuck'],
  document: ['alpaca.createAccount', 'action_required'],
  'alpaca.event.accounts': ['alpaca.createAccount', 'stuck'],
};

/** The account as soon as there is one. */
const accountOf = (stack: TestStack, customer: Customer): Promise<string> =>
  eventually(
    'the account is known',
    async () => (await onboardingOf(stack, customer)).alpaca_account_id ?? undefined,
    { timeoutMs: SLOW_MS },
  );

async function begin({ stack, cell, plant }: Playing<null>, customer: Customer): Promise<void> {
  const led = LED_BY[cell.of];
  const match = (operation: string) => ({ match: matchOf(operation, customer) ?? {} });
  if (led) {
    const [operation, kind] = led;
    await plant({ company: cell.fault.company, operation, kind, ...match(operation) });
  }
  // An account has no id before it is there; what is known by its id is hit as soon as it is.
  const field = { document: 'id', 'look up the account': 'id', 'alpaca.event.accounts': 'account_id' }[
    cell.of
  ];
  if (field === undefined) await plant({ ...cell.fault, ...match(cell.fault.operation) });
  await apply(stack, customer);
  if (field !== undefined) {
    const id = await accountOf(stack, customer);
    if (cell.of === 'document') await reached(stack, customer, 'action_required', SLOW_MS);
    await plant({ ...cell.fault, match: { [field]: id } });
  }
}

/** What only people can do: the customer sends what is asked for, and the broker decides. */
async function helpOn({ stack, cell }: Playing<null>, customer: Customer): Promise<void> {
  const isAsked = cell.of === 'document' || cell.fault.kind === 'action_required';
  if (isAsked) {
    await reached(stack, customer, 'action_required', SLOW_MS);
    expect(await upload(stack, customer, 'identity_verification')).toBe(202);
  }
  if (cell.name.endsWith('createAccount: refuse 422')) {
    await reached(stack, customer, 'not_started', SLOW_MS);
    await apply(stack, customer);
  }
  if (!cell.meaning.hangs && !EVENTS.includes(cell.of)) return;
  const id = await accountOf(stack, customer);
  if (cell.of === 'look up the account') await isHit(stack, { id });
  await stack.sandbox.control('POST', `/control/alpaca/accounts/${id}/status`, { status: 'APPROVED' });
}

async function reasonsOf(stack: TestStack, { id }: Customer): Promise<string[]> {
  const { rows } = await stack.database.pool.query<{ reason: string }>(
    'select reason from reviews where user_id = $1 order by opened_at',
    [id],
  );
  return rows.map(({ reason }) => reason);
}

async function stepsOf(stack: TestStack, { id }: Customer): Promise<string[]> {
  const { rows } = await stack.database.pool.query<{ event: string }>(
    "select event from lifecycle_events where subject_id = $1 and lifecycle = 'kyc' order by id",
    [id],
  );
  return rows.map(({ event }) => event);
}

export const onboardingFaults: FaultedLifecycle<null, Trail> = {
  table: { lifecycle: 'onboarding', calls: CALLS, outcomes: OUTCOMES, events: EVENTS, cells },
  lanes: 12,

  begin: async (stack) => {
    await setOnboardingPolicy(stack, { ...QUICK_ONBOARDING, giveUpAfterSeconds: 600 });
    return null;
  },

  play: async (playing) => {
    const { stack, cell } = playing;
    const customer = await newCustomer(stack);
    await begin(playing, customer);
    await helpOn(playing, customer);
    const { end = 'approved', reviews = [] } = cell.meaning;
    return eventually(
      `the application is ${end}`,
      async () => {
        const { kyc_status: status, wallets } = await onboardingOf(stack, customer);
        const reasons = await reasonsOf(stack, customer);
        const isOver = status === end && wallets.every((wallet) => wallet.status === 'active');
        if (isOver && reasons.length >= reviews.length) return { customer, status, reasons };
        throw new Error(`it is ${status} (${reasons.join(', ')}), wallets ${JSON.stringify(wallets)}`);
      },
      { timeoutMs: SLOW_MS, everyMs: 250 },
    );
  },

  check: async ({ stack, cell }, { customer, status, reasons }) => {
    const { end = 'approved', reviews = [] } = cell.meaning;
    expect({ status, reasons }).toEqual({ status: end, reasons: reviews });
    await expectOneOfEach(stack, customer);
    // Whatever happens to events, the application was decided once.
    if (EVENTS.includes(cell.of)) expect(await stepsOf(stack, customer)).toEqual(['submitted', 'approved']);
  },

  eachEffectOnce: async (stack) => {
    const { rows } = await stack.database.pool.query(
      `select count(distinct u.id)::int as customers, count(distinct u.alpaca_account_id)::int as accounts,
         count(distinct w.circle_wallet_id)::int as wallets
       from users u join wallets w on w.user_id = u.id`,
    );
    const customers = cells.length;
    expect(rows).toEqual([{ customers, accounts: customers, wallets: 4 * customers }]);
  },

  customers: () => [],
};
