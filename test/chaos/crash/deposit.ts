/** Deposits: one that becomes buying power, and every way that one can go back or needs another try. */
import { randomUUID } from 'node:crypto';
import type { Customer, DepositRow } from '../../support/customer.ts';
import { eventually } from '../../support/eventually.ts';
import type { Fault } from '../../support/trouble.ts';
import { type Answers, type Cast, decided, inReview, insist, seeThrough } from './cast.ts';
import { type CrashEntry, errands, expectRows, type Group, LONGEST_MS } from './entry.ts';
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
/** Circle does not take the transfer at all. */
const REFUSES: Fault = {
  ...{ company: 'circle', operation: 'circle.createTransfer', kind: 'refuse', status: 422 },
  body: { code: 155229, message: 'not eligible for operation' },
};

/** Sends so many transfers of that amount; answers their hashes as they are sent. */
function senders(cast: Cast, count: number, amount: string, who: () => Customer, token = 'USDC') {
  const hashes: string[] = [];
  const errand = errands();
  return {
    hashes,
    send: () => {
      for (let index = 0; index < count; index += 1)
        errand.once(`${index}`, async () => {
          hashes.push(await who().receive({ amount, chain: 'base', token }));
        });
    },
    rows: () =>
      cast.rows<DepositRow & { refund_ref: string | null; journal_attempt: number }>(
        'select * from deposits where tx_hash = any ($1)',
        [hashes],
      ),
  };
}

/** Deposits that have come to `isReady` before the path begins. */
async function arrived(
  cast: Cast,
  count: number,
  amount: string,
  isReady: (row: DepositRow) => boolean,
  who: () => Customer = cast.nextSpender,
): Promise<string[]> {
  const sent = senders(cast, count, amount, who);
  await seeThrough({
    tend: async () => sent.send(),
    rests: async () => expectRows('deposits that stand ready', await sent.rows(), count, isReady),
  });
  return (await sent.rows()).map(({ id }) => id);
}

/** At its end, and nothing is waited for. */
const isAt =
  (end: string) =>
  ({ status, waiting_for }: DepositRow): boolean =>
    status === end && waiting_for === null;
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

interface Back {
  readonly path: string;
  readonly amount: string;
  readonly faults?: (count: number) => readonly Fault[];
  readonly isReady: (row: DepositRow) => boolean;
  /** What is asked before the path begins, because Circle does not take the transfer. */
  readonly asked?: string;
  /** The sandbox's chain takes nothing back that is final, so what lies in these wallets is not compared. */
  readonly isOffTheBooks?: boolean;
  /** What the world does, once to each. */
  readonly world?: (row: DepositRow & { circle_transaction_id: string }) => Promise<unknown>;
  readonly answers: Answers;
  readonly isOver: (row: DepositRow & { journal_attempt: number }) => boolean;
  /** The question whose answer ends it. */
  readonly ends: string;
  readonly paid: readonly Paid[];
}

function back(cast: Cast, way: Back): CrashEntry {
  return {
    ...{ of: 'deposit', path: way.path },
    begin: async (count): Promise<Group> => {
      const match = { 'amounts.0': way.amount };
      for (const fault of way.faults?.(count) ?? []) await cast.plant({ ...fault, match });
      // For as long as they come to stand ready: what one call meets, its second try meets as well.
      const refuses = way.asked ? await cast.plant({ ...REFUSES, match }) : undefined;
      const customer = way.isOffTheBooks ? await cast.outsider() : undefined;
      const ids = await arrived(cast, count, way.amount, way.isReady, customer && (() => customer));
      if (way.asked) await inReview(cast, ids, way.asked);
      await refuses?.remove();
      const [errand, reviews] = [errands(), errands()];
      const read = () =>
        cast.rows<DepositRow & { circle_transaction_id: string; journal_attempt: number }>(
          'select * from deposits where id = any ($1)',
          [ids],
        );
      return {
        tend: async () => {
          const { world } = way;
          if (world) for (const row of await read()) errand.once(row.id, () => world(row));
          await cast.answer(reviews, ids, way.answers);
        },
        rests: async () => {
          expectRows(`deposits, ${way.path}`, await read(), count, way.isOver);
          await decided(cast, ids, way.ends);
        },
        holds: () => paidFor(cast, ids, way.paid),
      };
    },
  };
}

/** Circle takes its word about the inbound transfer back, and a round of the sweep finds it. */
async function undo(cast: Cast, { circle_transaction_id }: { circle_transaction_id: string }): Promise<void> {
  const { stack, temporal } = cast.stage;
  const path = `/control/circle/transactions/${circle_transaction_id}/state`;
  await stack.sandbox.control('POST', path, { state: 'FAILED', error_reason: 'BLOCK_REORGANIZED' });
  await temporal.workflow.execute('sweep', {
    workflowId: `sweep:${randomUUID()}`,
    taskQueue: stack.config.temporal.taskQueue,
    args: [],
  });
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
  const control = (path: string, body: object) => cast.stage.stack.sandbox.control('POST', path, body);
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
      world: ({ id }) => correct(cast, id),
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
    held(cast),
    isNoMoney(cast),
  ];

  async function correct({ rows }: Cast, id: string): Promise<void> {
    const [row] = await rows<{ ref: string }>(
      `select provider_reference as ref from provider_operations
       where lifecycle = 'deposit' and subject_id = $1 and step = 'journal:1'`,
      [id],
    );
    await control(`/control/alpaca/journals/${row?.ref}/status`, { status: 'correct' });
  }
}
