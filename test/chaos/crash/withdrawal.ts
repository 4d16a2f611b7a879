/** Withdrawals: one that arrives, one that fails on its way, and every way that one can go back. */
import { randomUUID } from 'node:crypto';
import { eventually } from '../../support/eventually.ts';
import { receivedAt, type Spender, type WithdrawalRow } from '../../support/money-out.ts';
import { type Fault, moveJournal } from '../../support/trouble.ts';
import { stepUpFor } from '../../support/withdrawer.ts';
import { type Answers, type Cast, decided } from './cast.ts';
import { type CrashEntry, errands, expectRows, type Group, LONGEST_MS } from './entry.ts';
import { type Paid, paidFor } from './paid.ts';

const FEE = '0.50';
const REFUND = { decision: 'refund' } as const;
const RETRY = { decision: 'retry' } as const;

interface Asked {
  readonly id: string;
  readonly who: Spender;
  readonly address: string;
}

const rowsOf = (cast: Cast, ids: readonly string[]) =>
  cast.rows<WithdrawalRow>('select * from withdrawals where id = any ($1)', [ids]);
/** At its end, and nothing is waited for. */
const isAt =
  (end: string) =>
  ({ status, waiting_for }: WithdrawalRow): boolean =>
    status === end && waiting_for === null;
const isComplete = isAt('complete');

/** Every address outside holds what its withdrawal was to bring, or nothing. */
async function received(cast: Cast, addresses: readonly string[], each: bigint): Promise<void> {
  for (const address of addresses) {
    const there = await receivedAt(cast.stage.stack, 'base', address);
    if (there !== each) throw new Error(`${address} received ${there} instead of ${each}`);
  }
}

/** One that meets no trouble, asked for as an app does. */
function arrives(cast: Cast): CrashEntry {
  const ask = async (who: Spender, address_id: string, key: string): Promise<string> => {
    const token = await cast.stage.stack.token(who.id);
    const headers = { 'step-up-token': await stepUpFor(cast.stage.stack, who.id) };
    const body = { address_id, amount_usd: '12.84' };
    const { id } = await cast.call('POST', '/v1/withdrawals', { token, headers, body, key });
    return id ?? '';
  };
  return {
    ...{ of: 'withdrawal', path: 'arrives', isTrunk: true },
    begin: async (count) => {
      const wishes = await Promise.all(
        Array.from({ length: count }, async () => {
          const who = cast.nextSpender();
          return { who, key: randomUUID(), entry: await who.addressOn('base') };
        }),
      );
      const errand = errands();
      const addressIds = wishes.map(({ entry }) => entry.id);
      const read = () =>
        cast.rows<WithdrawalRow>('select * from withdrawals where address_id = any ($1)', [addressIds]);
      return {
        tend: async () => {
          for (const { who, key, entry } of wishes) errand.once(key, () => ask(who, entry.id, key));
        },
        rests: async () => expectRows('withdrawals', await read(), count, isComplete),
        holds: async () => {
          const rows = await read();
          const [row] = rows;
          const ids = rows.map(({ id }) => id);
          await paidFor(cast, ids, [
            ['alpaca', '12.84'],
            ['circle', Number(row?.net_usd).toFixed(2)],
          ]);
          const net = BigInt(Math.round(Number(row?.net_usd) * 1_000_000));
          await received(
            cast,
            wishes.map(({ entry }) => entry.address),
            net,
          );
        },
      };
    },
  };
}

interface Way {
  readonly path: string;
  /** Gross, and what is left of it without the fee: both unlike those of all other ways. */
  readonly amount: string;
  readonly net: string;
  readonly needsApproval?: boolean;
  readonly faults?: (count: number) => readonly Fault[];
  readonly isReady: (row: WithdrawalRow) => boolean;
  /** What the world does, each of these things once to each. */
  readonly world?: Readonly<Record<string, (row: WithdrawalRow, who: Spender) => Promise<unknown>>>;
  readonly answers?: Answers;
  readonly isOver: (row: WithdrawalRow) => boolean;
  /** The question whose answer ends it. */
  readonly ends?: string;
  readonly paid: readonly Paid[];
  /** What arrives at the address outside, in smallest units. */
  readonly arrives: bigint;
}

function way(cast: Cast, wanted: Way): CrashEntry {
  const { path, amount, needsApproval = false, isReady, isOver, answers = {}, world = {} } = wanted;
  return {
    ...{ of: 'withdrawal', path },
    begin: async (count): Promise<Group> => {
      for (const fault of wanted.faults?.(count) ?? []) await cast.plant(fault);
      const asked: Asked[] = await Promise.all(
        Array.from({ length: count }, async () => {
          const who = cast.nextSpender();
          const { id, address } = await who.withdraw({ amount, fee: FEE, needsApproval });
          return { id, address, who };
        }),
      );
      const ids = asked.map(({ id }) => id);
      await eventually(
        `withdrawals stand ready: ${path}`,
        async () => {
          expectRows(path, await rowsOf(cast, ids), count, isReady);
          return true;
        },
        { timeoutMs: LONGEST_MS, everyMs: 100 },
      );
      const [errand, reviews] = [errands(), errands()];
      const people = new Map(asked.map(({ id, who }) => [id, who]));
      return {
        tend: async () => {
          for (const row of await rowsOf(cast, ids))
            for (const [what, act] of Object.entries(world))
              errand.once(`${row.id} ${what}`, () => act(row, people.get(row.id) as Spender));
          await cast.answer(reviews, ids, answers);
        },
        rests: async () => {
          expectRows(`withdrawals, ${path}`, await rowsOf(cast, ids), count, isOver);
          if (wanted.ends) await decided(cast, ids, wanted.ends);
        },
        holds: async () => {
          await paidFor(cast, ids, wanted.paid);
          await received(
            cast,
            asked.map(({ address }) => address),
            wanted.arrives,
          );
        },
      };
    },
  };
}

const atAlpaca = (kind: string, amount: string, count: number): Fault => ({
  ...{ company: 'alpaca', operation: 'alpaca.createJournal', kind, count },
  match: { amount },
});
const atMint = (kind: string, net: string, count: number): Fault => ({
  ...{ company: 'mint', operation: 'mint.transfer', kind, count },
  match: { 'amount.amount': net },
});
const atCircle = (kind: string, net: string, count: number): Fault => ({
  ...{ company: 'circle', operation: 'circle.transfer', kind, count },
  match: { 'amounts.0': net },
});

/** Ways that end with the money at the address outside. */
function forward(cast: Cast): CrashEntry[] {
  const { admin, second } = cast;
  const approve = ({ id }: WithdrawalRow, token: string) =>
    cast.call('POST', `/v1/admin/withdrawals/${id}/approvals`, {
      ...{ token, key: `approve-${id}-${token.slice(-8)}`, body: { decision: 'approve', note: 'Fine.' } },
    });
  return [
    way(cast, {
      ...{ path: 'is approved, and each company fails it once', amount: '31.57', net: '31.07' },
      faults: (count) => [
        atAlpaca('reject', '31.57', count),
        atMint('fail', '31.07', count),
        atCircle('fail', '31.07', count),
      ],
      needsApproval: true,
      isReady: ({ status }) => status === 'awaiting_approval',
      world: { one: (row) => approve(row, admin.token), two: (row) => approve(row, second.token) },
      isOver: isComplete,
      paid: [
        ['alpaca', '31.57'],
        ['circle', '31.07'],
      ],
      arrives: 31_070_000n,
    }),
    way(cast, {
      ...{ path: 'is complete, and the broker takes its journal back', amount: '33.53', net: '33.03' },
      isReady: isComplete,
      world: {
        correct: ({ broker_withdrawal_ref }) =>
          moveJournal(cast.stage.stack, broker_withdrawal_ref, 'correct'),
      },
      answers: { journal_corrected: RETRY },
      isOver: (row) => isComplete(row) && row.owed_journal === null,
      ends: 'journal_corrected',
      paid: [
        ['alpaca', '33.53'],
        ['circle', '33.03'],
      ],
      arrives: 33_030_000n,
    }),
  ];
}

async function toTreasury(cast: Cast, amount: string): Promise<void> {
  const { stack } = cast.stage;
  const [wallet] = await cast.rows<{ address: string }>(
    `select address from treasury_wallets where chain = 'base'`,
    [],
  );
  const { blockchain } = cast.nextSpender().wallets.base;
  const body = { blockchain, to: wallet?.address, amount, token: 'USDC' };
  await stack.sandbox.control('POST', '/control/chain/transfers', body);
}

/** Ways that end with the money where it came from. */
function backward(cast: Cast): CrashEntry[] {
  const { admin } = cast;
  const { stack } = cast.stage;
  const cancel = async ({ id }: WithdrawalRow, who: Spender) =>
    cast.call('POST', `/v1/withdrawals/${id}/cancel`, { token: await stack.token(who.id) });
  return [
    way(cast, {
      ...{ path: 'is dropped by the chain after its end and goes back', amount: '37.57', net: '37.07' },
      isReady: isComplete,
      world: {
        drop: ({ circle_transfer_ref }) =>
          stack.sandbox.control('POST', `/control/circle/transactions/${circle_transfer_ref}/state`, {
            ...{ state: 'FAILED', error_reason: 'REORG' },
          }),
        // The sandbox's chain takes nothing back that is final: what came back comes from somebody else.
        comeBack: () => toTreasury(cast, '37.07'),
      },
      answers: { reorganised: REFUND },
      ...{ isOver: isAt('refunded'), ends: 'reorganised' },
      paid: [
        ['alpaca', '37.57'],
        ['alpaca', '37.57'],
      ],
      arrives: 37_070_000n,
    }),
    way(cast, {
      ...{ path: 'is canceled while the broker holds it', amount: '39.59', net: '39.09' },
      faults: (count) => [atAlpaca('pending', '39.59', count)],
      isReady: ({ waiting_for }) => waiting_for === 'broker_approval',
      world: { cancel },
      ...{ isOver: isAt('canceled'), paid: [], arrives: 0n },
    }),
    way(cast, {
      ...{ path: 'is not approved', amount: '41.51', net: '41.01', needsApproval: true },
      isReady: ({ status }) => status === 'awaiting_approval',
      world: {
        reject: ({ id }) =>
          cast.call('POST', `/v1/admin/withdrawals/${id}/approvals`, {
            ...{
              token: admin.token,
              key: `reject-${id}`,
              body: { decision: 'reject', note: 'Not this one.' },
            },
          }),
      },
      ...{ isOver: isAt('canceled'), paid: [], arrives: 0n },
    }),
  ];
}

/** Every path of a withdrawal. */
export function withdrawalEntries(cast: Cast): CrashEntry[] {
  return [arrives(cast), ...forward(cast), ...backward(cast)];
}
