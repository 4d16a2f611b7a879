/** Deposits in the simulation: USDC comes into the customer's wallet, up to three times, also as dust. */
import { createBrokerFundingActivities } from '../../activities/funding/broker-funding.ts';
import { createDepositActivities } from '../../activities/funding/deposit.ts';
import { createDepositBackActivities } from '../../activities/funding/deposit-back.ts';
import { createDepositMoneyActivities } from '../../activities/funding/deposit-money.ts';
import { createDepositRefundActivities } from '../../activities/funding/deposit-refund.ts';
import { createOffRampActivities } from '../../activities/funding/off-ramp.ts';
import { depositLifecycle } from '../../domain/funding/deposit.ts';
import { DEAD_TRANSFER } from '../../domain/funding/transfer-report.ts';
import { deposit } from '../../workflows/funding/deposit.ts';
import type { Word } from '../companies/word.ts';
import { DepositFunctions } from '../database/deposit-functions.ts';
import { type DepositRow, depositRails } from '../database/deposit-row.ts';
import type { Operation } from '../database/store.ts';
import type { Entry, Join } from '../entry.ts';
import { depositInvariants, type Sent } from '../invariants/deposit.ts';
import type { World } from '../world.ts';

const MINUTE = 60_000;
const FINAL: readonly string[] = ['broker_funded', 'failed', 'refunded'];

/** The entry of deposits. */
export const depositEntry: Join = (world) => {
  const sent: Sent = new Map();
  const entry: Entry = {
    declared: depositLifecycle,
    workflow: (id) => deposit({ deposit_id: id }),
    activities: (ports) => ({
      ...createDepositActivities(ports),
      ...createDepositMoneyActivities(ports),
      ...createDepositBackActivities(ports),
      ...createOffRampActivities(ports),
      ...createBrokerFundingActivities(ports),
      ...createDepositRefundActivities(ports),
    }),
    functions: (store, around) => new DepositFunctions(store, around).byName(),
    rails: (row) => depositRails(row as DepositRow),
    hears: (row, operation, message) => isNews(row?.status, operation, message),
    // A refund that has arrived is the sender's.
    hearsOfDroppedTransfers: false,
    evidence: (row) => evidenceOf(world, row as DepositRow),
    begin: () => {
      const transfers = world.random.integer(1, 3);
      for (let number = 0; number < transfers; number += 1) send(world, sent, number, transfers === 1);
    },
    isAtRest: ({ status, waiting_for }) =>
      FINAL.includes(status) || (status === 'confirmed_on_chain' && waiting_for === 'next_deposit'),
    brought: () => brought(world, sent),
    invariants: depositInvariants(world, sent),
  };
  return entry;
};

/** As db/functions/05-inbound.sql decides it. */
function isNews(
  status: string | undefined,
  operation: Operation | undefined,
  { source, state }: Word['message'],
): boolean {
  if (source === 'circle.inbound') {
    if (status === undefined || status === 'pending_confirmation') return true;
    return state !== 'confirmed' && state !== 'complete' && status !== 'failed';
  }
  if (source === 'circle.outbound')
    return operation !== undefined && ['stuck', ...DEAD_TRANSFER].includes(state);
  const isOnTheWay = state === 'executed' || state === 'pending';
  return !(isOnTheWay && status === 'broker_funded') && status !== 'returned';
}

function send(world: World, sent: Sent, number: number, isAlone: boolean): void {
  const { random } = world;
  const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  const units = random.chance(0.1)
    ? BigInt(random.integer(1, 9_999))
    : BigInt(random.integer(1, 500_000)) * 10_000n +
      (random.chance(0.4) ? BigInt(random.integer(1, 9_999)) : 0n);
  const token = random.chance(0.04) ? 'another-token' : 'USDC';
  const transaction = `inbound-${number}`;
  sent.set(id, { token, units });
  world.owns(transaction, { lifecycle: 'deposit', id });
  world.engine.after(random.integer(0, 90) * MINUTE, () =>
    world.companies.circle.receive(transaction, world.wallet.circle_wallet_id, token, units, isAlone),
  );
}

/** What is final at Circle, less what went back to the sender. */
function brought({ store, companies }: World, sent: Sent): bigint {
  let sum = 0n;
  for (const [id, { token, units }] of sent) {
    const transaction = store.rows.has(id) && store.row<DepositRow>(id).circle_transaction_id;
    const transfer = transaction ? companies.circle.transfers.get(transaction) : undefined;
    if (token === 'USDC' && transfer?.state === 'complete') sum += units;
  }
  for (const [name, units] of companies.circle.paidOut) if (/^deposit:.*:refund:/.test(name)) sum -= units;
  return sum;
}

function evidenceOf(
  { companies }: World,
  { id, status, circle_transfer_ref, journal_attempt }: DepositRow,
): Readonly<Record<string, string>> | undefined {
  if (status === 'off_ramp_initiated') {
    const hash = companies.circle.transfers.get(circle_transfer_ref ?? '')?.txHash;
    const credited = [...companies.mint.transfers.values()].find(({ txHash }) => txHash === hash);
    return credited?.state === 'complete' ? { mint_transfer_id: credited.id } : undefined;
  }
  if (status !== 'off_ramp_complete') return undefined;
  const name = `deposit:${id}:journal:${journal_attempt}`;
  const journal = [...companies.alpaca.journals.values()].find(({ description }) => description === name);
  return journal?.state === 'executed' ? { journal_id: journal.id } : undefined;
}
