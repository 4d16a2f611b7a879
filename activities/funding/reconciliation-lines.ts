/** Entries of the providers' lists as reconciliation keeps them: our places, smallest units, one outcome. */
import type { StatementLine } from '../../db/funding/reconciliation-steps.ts';
import { parseUnits } from '../../domain/money.ts';
import type { AlpacaClient } from '../providers/alpaca/client.ts';
import type { CircleTransaction } from '../providers/circle/mapping.ts';
import type { MintDeposit, MintPayout, MintTransfer } from '../providers/mint/mapping.ts';

type Listed<Verb extends (...input: never[]) => Promise<unknown>> = Awaited<ReturnType<Verb>>;
type ListedJournal = Listed<AlpacaClient['listJournals']>[number];
type ListedTransfer = Listed<AlpacaClient['listTransferPage']>['transfers'][number];

/** The one place that all dollars at Mint stand at. */
export const MINT_PLACE = 'mint';

const unitsOf = (decimal: string | null): string => parseUnits(decimal ?? '0').toString();
const totalOf = (decimals: readonly string[]): string =>
  decimals.reduce((sum, decimal) => sum + parseUnits(decimal), 0n).toString();

/** A transaction of a wallet. Another token than USDC is listed with nothing: it moves no money of ours. */
export function circleLine(transaction: CircleTransaction): StatementLine {
  const isOut = transaction.direction === 'outbound';
  return {
    source: isOut ? 'circle.outbound' : 'circle.inbound',
    reference: transaction.id,
    from_place: isOut ? transaction.walletId : null,
    to_place: isOut ? null : transaction.walletId,
    amount: transaction.isUsdc ? unitsOf(transaction.amount) : '0',
    // Network fees are paid in the chain's own coin, never in USDC.
    fee: '0',
    outcome: transaction.outcome,
    provider_state: transaction.providerState,
    words: transaction.refId,
    tx_hash: transaction.txHash,
    at: transaction.createdAt,
    is_day: false,
  };
}

/** A movement between Mint and a blockchain. */
export function mintTransferLine(transfer: MintTransfer): StatementLine {
  const isOut = transfer.direction === 'out';
  return {
    source: 'mint.transfer',
    reference: transfer.id,
    from_place: isOut ? MINT_PLACE : null,
    to_place: transfer.direction === 'in' ? MINT_PLACE : null,
    amount: unitsOf(transfer.amount),
    fee: totalOf(transfer.fees),
    outcome: transfer.outcome,
    provider_state: transfer.providerState,
    words: null,
    tx_hash: transfer.txHash,
    at: transfer.createdAt,
    is_day: false,
  };
}

/** Dollars from Mint to a bank; the tracking reference arrives with the wire. */
export function mintPayoutLine(payout: MintPayout): StatementLine {
  return {
    source: 'mint.payout',
    reference: payout.id,
    from_place: MINT_PLACE,
    to_place: null,
    amount: unitsOf(payout.amount),
    fee: totalOf(payout.fees),
    outcome: payout.outcome,
    provider_state: payout.providerState,
    words: payout.trackingRef,
    tx_hash: null,
    at: payout.createdAt,
    is_day: false,
  };
}

/** A wire that came into Mint. */
export function mintDepositLine(deposit: MintDeposit): StatementLine {
  return {
    source: 'mint.deposit',
    reference: deposit.id,
    from_place: null,
    to_place: MINT_PLACE,
    amount: unitsOf(deposit.amount),
    fee: totalOf(deposit.fees),
    outcome: deposit.outcome,
    provider_state: deposit.providerState,
    words: null,
    tx_hash: null,
    at: deposit.createdAt,
    is_day: false,
  };
}

/** A journal between two accounts. Alpaca's listing may name no more than its day. */
export function journalLine(journal: ListedJournal): StatementLine {
  return {
    source: 'alpaca.journal',
    reference: journal.id,
    from_place: journal.fromAccountId,
    to_place: journal.toAccountId,
    amount: unitsOf(journal.amount),
    fee: '0',
    outcome: journal.outcome,
    provider_state: journal.providerState,
    words: journal.description,
    tx_hash: null,
    ...momentOf(journal.createdAt, journal.day),
  };
}

/** A wire in or out of an account. */
export function alpacaTransferLine(accountId: string, transfer: ListedTransfer): StatementLine {
  const isOut = transfer.direction === 'outgoing';
  return {
    source: 'alpaca.transfer',
    reference: transfer.id,
    from_place: isOut ? accountId : null,
    to_place: isOut ? null : accountId,
    amount: unitsOf(transfer.amount),
    fee: unitsOf(transfer.fee),
    outcome: transfer.outcome,
    provider_state: transfer.providerState,
    words: transfer.reference,
    tx_hash: null,
    ...momentOf(transfer.createdAt, null),
  };
}

function momentOf(time: string | null, day: string | null): Pick<StatementLine, 'at' | 'is_day'> {
  if (time !== null) return { at: time, is_day: false };
  // Without either, the entry counts as of today: it was listed just now.
  return { at: `${day ?? new Date().toISOString().slice(0, 10)}T00:00:00Z`, is_day: true };
}
