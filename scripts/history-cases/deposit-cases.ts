/** The branches of a deposit: what goes well, what fails, what a person decides. */
import { type Customer, createCustomer, type DepositRow } from '../../test/support/customer.ts';
import { eventually } from '../../test/support/eventually.ts';
import {
  clearFaults,
  decide,
  type Fault,
  moveJournal,
  plant,
  reviewOpens,
  setDepositPolicy,
} from '../../test/support/trouble.ts';
import type { Cases, PlayedCase, Stage } from '../record-histories.ts';

const AMOUNT = '25.00';

interface Scene {
  readonly faults?: readonly Fault[];
  readonly amount?: string;
  readonly token?: string;
  readonly policy?: Parameters<typeof setDepositPolicy>[1];
  readonly kyc?: 'approved' | 'pending';
  /** What happens after the transfer was sent, until the deposit stands where the case ends. */
  readonly goesOn?: (customer: Customer, stage: Stage) => Promise<unknown>;
  /** Where the case ends; `broker_funded` unless told. */
  readonly ends?: string;
  /** The case ends in a wait. */
  readonly staysOpen?: boolean;
}

/** Plays one customer's deposit under the scene's rules and faults. */
export function scene(play: Scene) {
  return async (stage: Stage): Promise<PlayedCase> => {
    const { stack } = stage;
    await clearFaults(stack);
    await setDepositPolicy(stack, play.policy);
    const customer = await createCustomer(stack, { kyc: play.kyc ?? 'approved' });
    for (const fault of play.faults ?? []) await plant(stack, fault);
    await customer.receive({ amount: play.amount ?? AMOUNT, ...(play.token && { token: play.token }) });
    await play.goesOn?.(customer, stage);
    const { id } = await customer.depositReaches(play.ends ?? 'broker_funded', 60_000);
    await clearFaults(stack);
    return { workflowId: `deposit:${id}`, isOver: !play.staysOpen };
  };
}

/** A person says `retry` once the review with that reason is open. */
function retryAfter(reason: string, before: (stage: Stage) => Promise<unknown> = async () => undefined) {
  return async (customer: Customer, stage: Stage): Promise<void> => {
    const deposit = await seen(customer);
    const review = await reviewOpens(stage.stack, deposit.id, reason);
    await before(stage);
    await decide(stage.stack, review.id, 'retry');
  };
}

/** The customer's newest deposit, as soon as there is one. */
export function seen(customer: Customer): Promise<DepositRow> {
  return eventually('the deposit is there', async () => (await customer.deposits()).at(-1));
}

function waitsFor(reason: string) {
  return (customer: Customer) =>
    eventually(`it waits for ${reason}`, async () => {
      const row = await seen(customer);
      return row.waiting_for === reason && row;
    });
}

const circle = (kind: string, more: Partial<Fault> = {}): Fault => ({
  ...{ company: 'circle', operation: 'circle.transfer', kind },
  ...more,
});
const createTransfer = (kind: string, more: Partial<Fault> = {}) =>
  circle(kind, { operation: 'circle.createTransfer', ...more });
const journal = (kind: string, more: Partial<Fault> = {}): Fault => ({
  ...{ company: 'alpaca', operation: 'alpaca.createJournal', kind },
  ...more,
});
const mint = (kind: string): Fault => ({ company: 'mint', operation: 'mint.inbound', kind });
const NO_NEWS: readonly Fault[] = [
  circle('drop_event', { operation: 'circle.event.transactions.inbound', match: { state: 'COMPLETE' } }),
  circle('drop_event', { operation: 'circle.event.transactions.outbound', count: 10 }),
  { company: 'mint', operation: 'mint.event*', kind: 'drop_event', count: 10 },
];
/** Longer than any case takes, so that no look-up comes in between. */
const UNDISTURBED = { lookUpAfterSeconds: [120] };

export const depositCases: Cases = {
  happy: scene({ policy: UNDISTURBED }),
  'final-after-a-while': scene({
    policy: UNDISTURBED,
    faults: [
      circle('delay_event', {
        operation: 'circle.event.transactions.inbound',
        match: { state: 'COMPLETE' },
        delay_ms: 800,
      }),
    ],
  }),
  'look-ups-instead-of-webhooks': scene({ faults: NO_NEWS }),
  'dust-waits': scene({
    policy: UNDISTURBED,
    amount: '0.004',
    goesOn: waitsFor('next_deposit'),
    ends: 'confirmed_on_chain',
  }),
  'dust-carried': scene({
    policy: UNDISTURBED,
    amount: '0.004',
    goesOn: async (customer) => {
      await waitsFor('next_deposit')(customer);
      await customer.receive({ amount: '0.006' });
      await eventually('both are there', async () => (await customer.deposits()).length === 2);
    },
  }),
  'not-usdc': scene({ policy: UNDISTURBED, token: 'FAKEUSDC', ends: 'failed' }),
  dropped: scene({
    faults: [{ company: 'chain', operation: 'chain.finalize', kind: 'reorg' }],
    ends: 'failed',
  }),
  'off-ramp-failed-then-retried': scene({ policy: UNDISTURBED, faults: [circle('fail')] }),
  // Circle sends no webhook for DENIED and STUCK: a look-up finds them.
  'off-ramp-denied-then-retry': scene({
    faults: [circle('deny')],
    goesOn: retryAfter('off_ramp_denied'),
  }),
  'off-ramp-refused-then-retry': scene({
    policy: UNDISTURBED,
    faults: [createTransfer('refuse', { status: 422, body: { code: 155229, message: 'not eligible' } })],
    goesOn: retryAfter('off_ramp_refused'),
  }),
  'off-ramp-answer-lost': scene({ policy: UNDISTURBED, faults: [createTransfer('cut_after')] }),
  'off-ramp-unclear-then-retry': scene({
    policy: { ...UNDISTURBED, giveUpAfterSeconds: 2 },
    faults: [createTransfer('error', { count: 100 })],
    goesOn: retryAfter('off_ramp_unclear', ({ stack }) => clearFaults(stack)),
  }),
  stuck: async (stage) => {
    await stage.stack.sandbox.control('PATCH', '/control/settings', { 'circle.stuck': 100 });
    return scene({ faults: [circle('stuck')] })(stage);
  },
  'mint-failed': scene({
    policy: UNDISTURBED,
    faults: [mint('fail')],
    goesOn: async (customer, { stack }) =>
      reviewOpens(stack, (await seen(customer)).id, 'mint_transfer_failed'),
    ends: 'off_ramp_initiated',
    staysOpen: true,
  }),
  'mint-overdue': scene({
    policy: { reviewAfterSeconds: 1 },
    faults: [mint('pending')],
    goesOn: async (customer, { stack }) =>
      reviewOpens(stack, (await seen(customer)).id, 'mint_credit_overdue'),
    ends: 'off_ramp_initiated',
    staysOpen: true,
  }),
  'journal-pending-then-executed': scene({
    policy: UNDISTURBED,
    faults: [journal('pending')],
    goesOn: async (customer, { stack }) => {
      const { broker_journal_ref } = await waitsFor('broker_approval')(customer);
      await moveJournal(stack, broker_journal_ref, 'executed');
    },
  }),
  'journal-rejected-then-retry': scene({
    policy: UNDISTURBED,
    faults: [journal('reject')],
    goesOn: retryAfter('journal_rejected'),
  }),
  'journal-unclear-then-retry': scene({
    policy: { ...UNDISTURBED, giveUpAfterSeconds: 2 },
    faults: [journal('error', { count: 100 })],
    goesOn: retryAfter('journal_unclear', ({ stack }) => clearFaults(stack)),
  }),
  float: scene({
    amount: '300000.00',
    policy: UNDISTURBED,
    goesOn: async (customer, { stack }) => {
      await waitsFor('float')(customer);
      await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '300000.00' });
    },
  }),
  'account-opens-late': scene({
    kyc: 'pending',
    policy: UNDISTURBED,
    goesOn: async (customer, { stack }) => {
      await waitsFor('account')(customer);
      const account = `/control/alpaca/accounts/${customer.alpacaAccountId}/status`;
      await stack.sandbox.control('POST', account, { status: 'ACTIVE' });
      await stack.database.pool.query(`select transition('kyc', $1, 'approved', '1', '{}')`, [customer.id]);
    },
  }),
  'corrected-in-a-second-run': scene({
    policy: UNDISTURBED,
    goesOn: async (customer, { stack, temporal }) => {
      const { id, broker_journal_ref } = await customer.depositReaches('broker_funded');
      await temporal.workflow.getHandle(`deposit:${id}`).result();
      await moveJournal(stack, broker_journal_ref, 'correct');
    },
    ends: 'returned',
    staysOpen: true,
  }),
  // The event that could not be recorded is used up; after the retry a look-up says it again.
  'defect-then-retry': scene({
    faults: [journal('pending')],
    goesOn: async (customer, stage) => {
      const { id, broker_journal_ref } = await waitsFor('broker_approval')(customer);
      const { pool } = stage.stack.database;
      const edge = `lifecycle = 'deposit' and event = 'broker_funded'`;
      const { rows } = await pool.query(`select to_jsonb(e) as edge from lifecycle_edges e where ${edge}`);
      await pool.query(`delete from lifecycle_edges where ${edge}`);
      await moveJournal(stage.stack, broker_journal_ref, 'executed');
      const review = await reviewOpens(stage.stack, id, 'defect');
      await pool.query(
        'insert into lifecycle_edges select * from jsonb_populate_record(null::lifecycle_edges, $1)',
        [rows[0]?.edge],
      );
      await decide(stage.stack, review.id, 'retry');
    },
  }),
};
