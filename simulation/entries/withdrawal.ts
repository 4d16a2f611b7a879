/** Withdrawals in the simulation: asked for, approved by two, canceled while it can be, paid out or brought back. */
import { createOnRampActivities } from '../../activities/funding/on-ramp.ts';
import { createScreeningActivities } from '../../activities/funding/screening.ts';
import { createWithdrawalActivities } from '../../activities/funding/withdrawal.ts';
import { createWithdrawalBackActivities } from '../../activities/funding/withdrawal-back.ts';
import { createWithdrawalJournalActivities } from '../../activities/funding/withdrawal-journal.ts';
import { createWithdrawalMoneyActivities } from '../../activities/funding/withdrawal-money.ts';
import { createWithdrawalTransferActivities } from '../../activities/funding/withdrawal-transfer.ts';
import { DEAD_TRANSFER } from '../../domain/funding/transfer-report.ts';
import { withdrawalLifecycle } from '../../domain/funding/withdrawal.ts';
import { withdrawal } from '../../workflows/funding/withdrawal.ts';
import type { Word } from '../companies/word.ts';
import type { Operation } from '../database/store.ts';
import { WithdrawalFunctions, withdrawalRails } from '../database/withdrawal-functions.ts';
import { ENDED, GIVEN_UP, type WithdrawalRow } from '../database/withdrawal-row.ts';
import type { Entry, Join } from '../entry.ts';
import { withdrawalInvariants } from '../invariants/withdrawal.ts';
import type { World } from '../world.ts';
import { WithdrawingCustomer } from './withdrawing-customer.ts';

/** The entry of withdrawals. */
export const withdrawalEntry: Join = (world) => {
  const customer = new WithdrawingCustomer(world);
  let functions: WithdrawalFunctions;
  const entry: Entry = {
    declared: withdrawalLifecycle,
    workflow: (id) => withdrawal({ withdrawal_id: id }),
    activities: (ports) => ({
      ...createScreeningActivities(ports),
      ...createWithdrawalActivities(ports),
      ...createWithdrawalMoneyActivities(ports),
      ...createWithdrawalBackActivities(ports),
      ...createWithdrawalJournalActivities(ports),
      ...createOnRampActivities(ports),
      ...createWithdrawalTransferActivities(ports),
    }),
    functions: (store, around) => {
      functions = new WithdrawalFunctions(store, around);
      return functions.byName();
    },
    rails: (row) => withdrawalRails(row as WithdrawalRow),
    hears: (row, operation, message) => isNews(row?.status, operation, message),
    hearsOfDroppedTransfers: true,
    evidence: (row) => evidenceOf(world, row as WithdrawalRow),
    begin: () => customer.begin(),
    isAtRest: ({ status }) => ENDED.includes(status),
    brought: () => {
      let left = 0n;
      for (const row of world.store.rowsOf<WithdrawalRow>('withdrawal'))
        if (row.status === 'complete') left += customer.amountOf(row);
      return customer.opening - left;
    },
    invariants: withdrawalInvariants(world, customer, () => functions.requests),
  };
  return entry;
};

/** As db/functions/05-inbound.sql decides it. */
function isNews(
  status: string | undefined,
  operation: Operation | undefined,
  { source, state }: Word['message'],
): boolean {
  if (!operation) return false;
  if (source === 'alpaca.journal') {
    if (operation.state !== 'succeeded') return operation.state !== 'failed';
    return state !== 'executed' && state !== 'pending';
  }
  if (operation.state === 'failed' || GIVEN_UP.includes(status ?? '')) return false;
  if (DEAD_TRANSFER.includes(state)) return true;
  return (state === 'complete' || state === 'stuck') && status !== 'complete';
}

function evidenceOf({ companies }: World, row: WithdrawalRow): Readonly<Record<string, string>> | undefined {
  const { status, refund_reason, refund_ref, broker_withdrawal_ref } = row;
  const isRefund = refund_reason !== null && refund_ref !== null;
  if (status === 'broker_withdrawal_initiated' || isRefund) {
    const id = isRefund ? refund_ref : broker_withdrawal_ref;
    const journal = companies.alpaca.journals.get(id ?? '');
    return journal?.state === 'executed' ? { alpaca_journal_id: journal.id } : undefined;
  }
  if (status === 'on_ramp_complete') {
    const taken = [...companies.circle.transfers.values()].map(({ refId }) => refId);
    return unlessTaken(taken, `withdrawal:${row.id}:transfer:${row.transfer_attempt}`);
  }
  if (status === 'pending') {
    const taken = [...companies.alpaca.journals.values()].map(({ description }) => description);
    return unlessTaken(taken, `withdrawal:${row.id}:journal:${row.journal_attempt}`);
  }
  const transfer =
    status === 'on_ramp_initiated'
      ? companies.mint.transfers.get(row.circle_on_ramp_ref ?? '')
      : status === 'transfer_initiated'
        ? companies.circle.transfers.get(row.circle_transfer_ref ?? '')
        : undefined;
  return transfer?.state === 'complete' ? { tx_hash: transfer.txHash } : undefined;
}

const unlessTaken = (taken: readonly (string | null)[], name: string) =>
  taken.includes(name) ? undefined : { company_answer: 'never taken' };
