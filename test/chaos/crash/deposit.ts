/** Deposits: one that becomes buying power, and every way that one can go back or needs another try. */
import type { Customer, DepositRow } from '../../support/customer.ts';
import { eventually } from '../../support/eventually.ts';
import { type Fault, moveJournal } from '../../support/trouble.ts';
import { type Cast, insist } from './cast.ts';
import { back, undo } from './deposit-back.ts';
import { isAt, senders } from './deposit-senders.ts';
import { type CrashEntry, errands, expectRows, LONGEST_MS } from './entry.ts';
import { type Paid, paidFor } from './paid.ts';

const SENDER = { sender_confirmed: 'The customer wrote from their own wallet.' };
const REFUND = { decision: 'refund', evidence: SENDER } as const;
const RETRY = { decision: 'retry' } as const;
const CLOSE = { decision: 'close' } as const;

/** What moves for a deposit that becomes buying power. */
const allTheWay = (amount: string): readonly Paid[] => [
  ['circle', amount],
  ['alpaca', amount],
];

/** What becomes of a transfer that Circle took. */
const circle = (kind: string): Omit<Fault, 'count'> => ({
  company: 'circle',
  operation: 'circle.transfer',
  kind,
});
const isFunded = isAt('broker_funded');
const inWallet = ({ status, waiting_for }: DepositRow) =>
  status === 'confirmed_on_chain' && waiting_for === 'review';

/** One that meets no trouble. */
function arrives(cast: Cast): CrashEntry {
  return {
    ...{ of: 'deposit', path: 'arrives', isTrunk: true },
    begin: async (count) => {
      const sent = senders(cast, count, '12.34', cast.nextSpender);
      return {
        tend: async () => sent.send(),
        rests: async () => expectRows('deposits', await sent.rows(), count, isFunded),
        holds: async () => {
          const ids = (await sent.rows()).map(({ id }) => id);
          await paidFor(cast, ids, allTheWay('12.34'));
        },
      };
    },
  };
}

/** One that hears each word by itself, and whose companies do not answer at once: what comes together elsewhere. */
function stepByStep(cast: Cast): CrashEntry {
  const amount = '16.61';
  const faults = (count: number): Fault[] => [
    {
      ...{ company: 'circle', operation: 'circle.event.transactions.inbound', kind: 'delay_event' },
      ...{ match: { state: 'COMPLETE', 'amounts.0': amount }, delay_ms: 600, count },
    },
    {
      ...{ company: 'circle', operation: 'circle.createTransfer', kind: 'unavailable' },
      ...{ match: { 'amounts.0': amount }, count },
    },
    {
      ...{ company: 'alpaca', operation: 'alpaca.createJournal', kind: 'pending' },
      ...{ match: { amount }, count },
    },
  ];
  return {
    ...{ of: 'deposit', path: 'arrives step by step' },
    begin: async (count) => {
      for (const fault of faults(count)) await cast.plant(fault);
      const sent = senders(cast, count, amount, cast.nextSpender);
      const approvals = errands();
      return {
        tend: async () => {
          sent.send();
          for (const { id, waiting_for } of await sent.rows())
            if (waiting_for === 'broker_approval')
              approvals.once(id, () => moveFirstJournal(cast, id, 'executed'));
        },
        rests: async () => expectRows('deposits, step by step', await sent.rows(), count, isFunded),
        holds: async () => {
          const ids = (await sent.rows()).map(({ id }) => id);
          await paidFor(cast, ids, allTheWay(amount));
        },
      };
    },
  };
}

/** One of another token: nothing is credited, and nothing moves. */
function isNoMoney(cast: Cast): CrashEntry {
  return {
    ...{ of: 'deposit', path: 'is of a wrong token and fails' },
    begin: async (count) => {
      const sent = senders(cast, count, '3.21', cast.nextSpender, 'FAKEUSDC');
      return {
        tend: async () => sent.send(),
        rests: async () => expectRows('wrong tokens', await sent.rows(), count, isAt('failed')),
        holds: async () =>
          paidFor(
            cast,
            (await sent.rows()).map(({ id }) => id),
            [],
          ),
      };
    },
  };
}

/** Deposits that staff hold because their customer is suspended, and that go on when the customer is active again. */
function held(cast: Cast): CrashEntry {
  /** Those whose deposits have come to their end. */
  const people: Customer[] = [];
  const set = (customer: Customer, verb: 'suspend' | 'activate') =>
    cast.call('POST', `/v1/admin/users/${customer.id}/${verb}`, {
      token: cast.admin.token,
      body: { reason: 'a test' },
    });
  return {
    ...{ of: 'deposit', path: 'is held by staff and released' },
    begin: async (count) => {
      while (people.length < count) people.push(await cast.newCustomer());
      const ours = people.splice(0, count);
      for (const customer of ours) await insist('suspended', () => set(customer, 'suspend'));
      const waiting = [...ours];
      const sent = senders(cast, count, '14.41', () => waiting.pop() as Customer);
      sent.send();
      await eventually(
        'every deposit is held',
        async () => {
          expectRows(
            'held deposits',
            await sent.rows(),
            count,
            ({ waiting_for }) => waiting_for === 'paused',
          );
          return true;
        },
        { timeoutMs: LONGEST_MS, everyMs: 100 },
      );
      const errand = errands();
      return {
        tend: async () => {
          for (const customer of ours) errand.once(customer.id, () => set(customer, 'activate'));
        },
        rests: async () => expectRows('released deposits', await sent.rows(), count, isFunded),
        holds: async () => {
          const ids = (await sent.rows()).map(({ id }) => id);
          await paidFor(cast, ids, allTheWay('14.41'));
          people.push(...ours);
        },
      };
    },
  };
}

/** Every path of a deposit. */
export function depositEntries(cast: Cast): CrashEntry[] {
  return [
    arrives(cast),
    back(cast, {
      ...{ path: 'goes back to its sender', amount: '21.37', asked: 'off_ramp_refused', isReady: inWallet },
      faults: (count) => [
        // As many refunds fail as well, here or there one twice, and a person sends them anew.
        { ...circle('fail'), count },
      ],
      // Those that stand ready next are refused meanwhile, and a refund that is on its way with them.
      answers: { off_ramp_refused: REFUND, refund_failed: REFUND, refund_refused: REFUND },
      ...{ isOver: isAt('refunded'), ends: 'off_ramp_refused' },
      paid: [['circle', '21.37']],
    }),
    back(cast, {
      ...{
        path: 'is refused, fails and is sent anew',
        amount: '23.73',
        asked: 'off_ramp_refused',
        isReady: inWallet,
      },
      faults: (count) => [{ ...circle('fail'), count }],
      answers: { off_ramp_refused: RETRY, off_ramp_failed: RETRY },
      ...{ isOver: isFunded, ends: 'off_ramp_refused' },
      paid: allTheWay('23.73'),
    }),
    back(cast, {
      ...{ path: 'is taken back by the broker', amount: '25.52', isReady: isFunded },
      world: ({ id }) => moveFirstJournal(cast, id, 'correct'),
      answers: { journal_corrected: RETRY },
      isOver: (row) => isFunded(row) && row.journal_attempt === 2,
      ends: 'journal_corrected',
      paid: allTheWay('25.52'),
    }),
    back(cast, {
      ...{
        path: 'is taken back by the chain',
        amount: '27.72',
        asked: 'off_ramp_refused',
        isReady: inWallet,
      },
      isOffTheBooks: true,
      world: (row) => undo(cast, row),
      answers: { reorganised: CLOSE },
      ...{ isOver: isAt('failed'), ends: 'reorganised' },
      paid: [],
    }),
    back(cast, {
      ...{ path: 'is taken back by the chain, and then by the broker', amount: '28.82', isReady: isFunded },
      isOffTheBooks: true,
      before: { world: (row) => undo(cast, row), status: 'failed' },
      world: ({ id }) => moveFirstJournal(cast, id, 'correct'),
      answers: { reorganised: CLOSE },
      isOver: (row) => isAt('failed')(row) && row.corrections === 1,
      ends: 'reorganised',
      paid: [['circle', '28.82']],
    }),
    stepByStep(cast),
    held(cast),
    isNoMoney(cast),
  ];
}

/** The broker executes the first journal of a deposit, or takes it back. */
async function moveFirstJournal(
  { rows, stage }: Cast,
  id: string,
  to: 'executed' | 'correct',
): Promise<void> {
  const [row] = await rows<{ ref: string }>(
    `select provider_reference as ref from provider_operations
     where lifecycle = 'deposit' and subject_id = $1 and step = 'journal:1'`,
    [id],
  );
  await moveJournal(stage.stack, row?.ref, to);
}
