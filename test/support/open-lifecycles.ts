/** Many lifecycles that stand open, each kind at several steps of its way, until the test lets them go on. */
import type { Client } from '@temporalio/client';
import type { Chain } from '../../domain/funding/chain.ts';
import { type WorkflowKind, workflowId } from '../../domain/ids.ts';
import { apply, newCustomer, onboardingOf, setOnboardingPolicy, upload } from './applicant.ts';
import { type Customer, createCustomer } from './customer.ts';
import { eventually } from './eventually.ts';
import { createSpender, type Spender, setWithdrawalPolicy } from './money-out.ts';
import type { TestStack } from './stack.ts';
import { treasuryOf } from './treasury.ts';
import { decide, moveJournal, plant, setDepositPolicy } from './trouble.ts';
import type { Receiver } from './webhook-receiver.ts';
import { createWithdrawer, freshAddress, newStaff, setSetting } from './withdrawer.ts';

const HOUR_SECONDS = 3600;
/** Requests that are under way at once. */
const AT_ONCE = 8;
/** On a busy machine an answer may take long; whoever gets none asks again. */
const PATIENT = { timeoutMs: 180_000, everyMs: 500 } as const;
const CUSTOMERS = 8;

/** Lifecycles of one kind that stand at one step. */
export interface Standing {
  readonly workflow: string;
  readonly at: string;
  readonly count: number;
  /** Their workflows' ids, where they belong to one version to their end. */
  readonly pinned?: readonly string[];
  /** Lets them go on to their ends. */
  readonly goOn: () => Promise<unknown>;
}

export interface OpenLifecycles {
  readonly standing: readonly Standing[];
  /** Who owns the deposits and the withdrawals. */
  readonly customers: readonly Customer[];
}

interface Stage {
  readonly stack: TestStack;
  readonly temporal: Client;
  readonly customers: readonly Customer[];
}

/** Opens about so many, most of them deposits, and waits until each stands where it shall. */
export async function openLifecycles(
  stack: TestStack,
  temporal: Client,
  count: number,
  backend: Receiver,
): Promise<OpenLifecycles> {
  // Look-ups an hour apart: whatever goes on was told, and a thousand waits cost nothing.
  await setDepositPolicy(stack, {
    lookUpAfterSeconds: [HOUR_SECONDS],
    retryAfterSeconds: [HOUR_SECONDS],
    reviewAfterSeconds: 24 * HOUR_SECONDS,
  });
  await setWithdrawalPolicy(stack, { lookUpAfterSeconds: [HOUR_SECONDS], retryAfterSeconds: [HOUR_SECONDS] });
  const customers = await Promise.all(Array.from({ length: CUSTOMERS }, () => createCustomer(stack)));
  const spender = await createSpender(stack, temporal, '90000.00');
  const stage = { stack, temporal, customers };
  const of = (share: number) => Math.max(1, Math.round(count * share));
  const others = Promise.all([
    onboardings(stage, of(0.08)),
    restingAddress(stage),
    wireToApprove(stage),
    undeliveredWebhooks(stage, backend),
  ]);
  // One kind after the other: what holds one would hold the next.
  const standing = [
    await depositsWithBroker(stage, of(0.15)),
    await depositsInReview(stage, of(0.15)),
    await withdrawalsToApprove(stage, spender, of(0.05)),
    await withdrawalsWithBroker(stage, spender, of(0.05)),
    await depositsWithMint(stage, of(0.15)),
    await unconfirmedDeposits(stage, of(0.2)),
    await heldDeposits(stage, of(0.15)),
    ...(await others),
  ];
  return { standing, customers: [...customers, spender] };
}

/** Does something for each, a few at once. */
async function forEach<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Workflow ids of these. */
const runs = (kind: WorkflowKind, ids: readonly string[]) => ids.map((id) => workflowId(kind, id));

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Customers in turn receive so many transfers; answers the deposits, once all stand there. */
async function receive(
  { stack, customers }: Stage,
  count: number,
  isThere: { readonly status: string; readonly waiting?: string },
  chain: Chain = 'ethereum',
): Promise<string[]> {
  const { pool } = stack.database;
  const { rows } = await pool.query<{ now: Date }>('select clock_timestamp() as now');
  await forEach(numbers(count), (index) =>
    (customers[index % customers.length] as Customer).receive({ chain, amount: `${10 + (index % 90)}.25` }),
  );
  return eventually(
    `${count} deposits are ${isThere.status} and wait for ${isThere.waiting ?? 'something'}`,
    async () => {
      const found = await pool.query<{ id: string }>(
        `select id from deposits where created_at > $1 and status = $2 and coalesce(waiting_for = $3, true)`,
        [rows[0]?.now, isThere.status, isThere.waiting ?? null],
      );
      if (found.rows.length < count) throw new Error(`${found.rows.length} do`);
      return found.rows.map(({ id }) => id);
    },
    { timeoutMs: PATIENT.timeoutMs + count * 500, everyMs: 200 },
  );
}

async function depositsWithBroker(stage: Stage, count: number): Promise<Standing> {
  const { stack } = stage;
  await plant(stack, { company: 'alpaca', operation: 'alpaca.createJournal', kind: 'stuck', count });
  const ids = await receive(stage, count, { status: 'off_ramp_complete', waiting: 'broker_answer' });
  return {
    ...{ workflow: 'deposit', at: 'with the broker', count, pinned: runs('deposit', ids) },
    goOn: () => executeJournals(stage.stack, 'deposits', 'broker_journal_ref', ids),
  };
}

/** The broker executes the journals that it has held. */
export async function executeJournals(
  stack: TestStack,
  table: string,
  column: string,
  ids: readonly string[],
): Promise<void> {
  const { rows } = await stack.database.pool.query<{ journal: string }>(
    `select ${column} as journal from ${table} where id = any($1)`,
    [ids],
  );
  await forEach(rows, ({ journal }) => moveJournal(stack, journal, 'executed'));
}

async function depositsInReview(stage: Stage, count: number): Promise<Standing> {
  const { stack } = stage;
  await plant(stack, { company: 'alpaca', operation: 'alpaca.createJournal', kind: 'reject', count });
  const ids = await receive(stage, count, { status: 'off_ramp_complete', waiting: 'review' });
  const goOn = async () => {
    const { rows } = await stack.database.pool.query<{ id: string }>(
      'select id from reviews where subject_id = any($1) and decided_at is null',
      [ids],
    );
    await forEach(rows, ({ id }) => decide(stack, id, 'retry'));
  };
  return { workflow: 'deposit', at: 'in review', count, pinned: runs('deposit', ids), goOn };
}

async function heldDeposits(stage: Stage, count: number): Promise<Standing> {
  const { stack } = stage;
  const { token } = await newStaff(stack, 'admin');
  const flip = (off: boolean) =>
    stack.call('PUT', '/v1/admin/switches/chain:solana', { token, body: { off, reason: 'a test' } });
  await flip(true);
  const ids = await receive(stage, count, { status: 'confirmed_on_chain', waiting: 'paused' }, 'solana');
  const pinned = runs('deposit', ids);
  return { workflow: 'deposit', at: 'held by staff', count, pinned, goOn: () => flip(false) };
}

const settings = (stack: TestStack, changed: Record<string, number>) =>
  stack.sandbox.control('PATCH', '/control/settings', changed);
const anHourPasses = (stack: TestStack) =>
  stack.sandbox.control('POST', '/control/clock/advance', { seconds: HOUR_SECONDS });

async function depositsWithMint(stage: Stage, count: number): Promise<Standing> {
  const { stack } = stage;
  await settings(stack, { 'mint.credit': HOUR_SECONDS * 1000 });
  const ids = await receive(stage, count, { status: 'off_ramp_initiated' });
  await settings(stack, { 'mint.credit': 0 });
  const pinned = runs('deposit', ids);
  return { workflow: 'deposit', at: 'with Mint', count, pinned, goOn: () => anHourPasses(stack) };
}

async function unconfirmedDeposits(stage: Stage, count: number): Promise<Standing> {
  const { stack } = stage;
  await settings(stack, { 'chain.finality': HOUR_SECONDS * 1000 });
  const ids = await receive(stage, count, { status: 'pending_confirmation' });
  await settings(stack, { 'chain.finality': 0 });
  const pinned = runs('deposit', ids);
  return { workflow: 'deposit', at: 'on the chain', count, pinned, goOn: () => anHourPasses(stack) };
}

/** Asks for so many withdrawals and waits until each stands there. */
async function withdraw(
  spender: Spender,
  count: number,
  wish: { readonly needsApproval: boolean },
  status: string,
): Promise<string[]> {
  const ids: string[] = [];
  await forEach(numbers(count), async (index) => {
    const { id } = await spender.withdraw({ ...wish, amount: `${20 + (index % 50)}.00`, fee: '0.50' });
    ids.push(id);
    await spender.withdrawalReaches(id, status);
  });
  return ids;
}

async function withdrawalsToApprove(
  { stack, temporal }: Stage,
  spender: Spender,
  count: number,
): Promise<Standing> {
  const ids = await withdraw(spender, count, { needsApproval: true }, 'awaiting_approval');
  const goOn = async () => {
    const two = [await newStaff(stack, 'admin'), await newStaff(stack, 'admin')];
    await forEach(ids, async (id) => {
      for (const { id: decided_by } of two) {
        const decision = {
          decision: 'approve',
          decided_by,
          note: 'Fine.',
          request_id: `${id}-${decided_by}`,
        };
        await temporal.workflow
          .getHandle(`withdrawal:${id}`)
          .executeUpdate('decideApproval', { args: [decision] });
      }
    });
  };
  return { workflow: 'withdrawal', at: 'before approval', count, pinned: runs('withdrawal', ids), goOn };
}

async function withdrawalsWithBroker(stage: Stage, spender: Spender, count: number): Promise<Standing> {
  await plant(stage.stack, { company: 'alpaca', operation: 'alpaca.createJournal', kind: 'stuck', count });
  const ids = await withdraw(spender, count, { needsApproval: false }, 'broker_withdrawal_initiated');
  await eventually('every journal is known', async () => {
    const { rows } = await stage.stack.database.pool.query(
      'select from withdrawals where id = any($1) and broker_withdrawal_ref is not null',
      [ids],
    );
    return rows.length === count;
  });
  return {
    ...{ workflow: 'withdrawal', at: 'with the broker', count, pinned: runs('withdrawal', ids) },
    goOn: () => executeJournals(stage.stack, 'withdrawals', 'broker_withdrawal_ref', ids),
  };
}

/** Half of them wait for a document of the customer, half for the broker's decision. */
async function onboardings({ stack }: Stage, count: number): Promise<Standing> {
  await setOnboardingPolicy(stack, { lookUpAfterSeconds: [HOUR_SECONDS], documentGraceSeconds: 0 });
  const applicants = await Promise.all(
    numbers(count).map((index) =>
      newCustomer(stack, { family_name: index % 2 === 0 ? 'ActionRequired' : 'ApprovalPending' }),
    ),
  );
  const isAsked = (index: number) => index % 2 === 0;
  await forEach([...applicants.entries()], async ([index, applicant]) => {
    const wanted = isAsked(index) ? 'action_required' : 'pending';
    await eventually(
      'the broker has the application',
      async () => {
        const { kyc_status, alpaca_account_id } = await onboardingOf(stack, applicant);
        if (kyc_status === 'not_started') await apply(stack, applicant);
        return alpaca_account_id !== null && kyc_status === wanted;
      },
      PATIENT,
    );
  });
  const goOn = () =>
    forEach([...applicants.entries()], async ([index, applicant]) => {
      const { alpaca_account_id } = await onboardingOf(stack, applicant);
      if (!isAsked(index))
        await stack.sandbox.control('POST', `/control/alpaca/accounts/${alpaca_account_id}/status`, {
          status: 'APPROVED',
        });
      await eventually(
        'the application is approved',
        async () => {
          const { kyc_status } = await onboardingOf(stack, applicant);
          if (kyc_status === 'action_required') await upload(stack, applicant, 'identity_verification');
          return kyc_status === 'approved';
        },
        PATIENT,
      );
    });
  return { workflow: 'onboarding', at: 'before approval', count, goOn };
}

async function restingAddress({ stack }: Stage): Promise<Standing> {
  await setSetting(stack, 'address_policy', { coolDownSeconds: 24 * HOUR_SECONDS });
  const { token, confirmed } = await createWithdrawer(stack);
  const body = { chain: 'base', address: freshAddress(), label: 'Mine' };
  const { body: added } = await stack.call('POST', '/v1/addresses', { token, headers: confirmed, body });
  const goOn = () => stack.call('DELETE', `/v1/addresses/${added.id}`, { token });
  return { workflow: 'address', at: 'at rest', count: 1, goOn };
}

async function wireToApprove({ stack }: Stage): Promise<Standing> {
  const treasury = await treasuryOf(stack);
  await treasury.setPolicy();
  const body = { kind: 'mint_to_alpaca', amount_usd: '10.00', reason: 'The test wants it.' };
  const asked = await stack.call('POST', '/v1/admin/wires', { token: await treasury.staff('one'), body });
  const goOn = async () => {
    await stack.call('POST', `/v1/admin/wires/${asked.body.id}/approvals`, {
      token: await treasury.staff('two'),
      body: { decision: 'reject', note: 'Not needed any more.' },
    });
    await treasury.reaches(asked.body.id, 'canceled');
    await treasury.close();
  };
  return { workflow: 'wire', at: 'before approval', count: 1, goOn };
}

/** A backend that is down: what it has not taken is tried again until it is up. */
async function undeliveredWebhooks({ stack }: Stage, backend: Receiver): Promise<Standing> {
  const { token } = await newStaff(stack, 'admin');
  await setSetting(stack, 'webhook_policy', { firstRetrySeconds: 1, longestRetrySeconds: 2 });
  backend.answer((response) => void response.writeHead(503).end());
  const body = { url: backend.url, event_types: ['deposit.broker_funded'] };
  const { body: endpoint } = await stack.call('POST', '/v1/webhook-endpoints', { token, body });
  await stack.call('POST', `/v1/webhook-endpoints/${endpoint.id}/test`, { token });
  await eventually('the backend is tried', () => backend.received.length > 1);
  const goOn = async () => backend.answer((response) => void response.writeHead(204).end());
  return { workflow: 'webhookDelivery', at: 'undelivered', count: 1, goOn };
}
