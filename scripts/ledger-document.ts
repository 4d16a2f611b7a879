/** The document of the ledger: its chart of accounts, and what each event of a deposit posts. */
import {
  brokerFunded,
  offRampCompleted,
  offRampFailed,
  offRampStarted,
} from '../domain/funding/deposit-postings.ts';
import { type AccountKind, CHART, type Posting } from '../domain/funding/ledger.ts';
import { GENERATED } from './lifecycle-documents.ts';

const DEPOSIT = { userId: 'user', walletId: 'wallet', units: 1n };

/** A posting in words; positive is a debit. The amount of these events is always the deposit's whole cents. */
function line({
  account,
  amount,
}: Posting): readonly [side: 'debit' | 'credit', account: string, amount: string] {
  return [BigInt(amount) > 0n ? 'debit' : 'credit', account, 'whole cents'];
}

/** Events whose amounts only the database knows are spelled here; db/functions/04-deposit.sql posts them. */
const POSTINGS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  confirmed: [
    ['debit', 'circle_wallet', 'the amount that arrived'],
    ['credit', 'customer_converting', 'whole cents of it and of the dust before it'],
    ['credit', 'customer_incoming', 'the rest (a debit when more dust leaves than arrives)'],
  ],
  off_ramp_started: offRampStarted(DEPOSIT).map(line),
  off_ramp_failed: offRampFailed(DEPOSIT).map(line),
  off_ramp_completed: offRampCompleted(DEPOSIT).map(line),
  broker_funded: brokerFunded(DEPOSIT).map(line),
  carried: [],
  journal_corrected: [
    ['debit', 'alpaca_firm', 'whole cents'],
    ['credit', 'alpaca_customer', 'whole cents'],
    ['debit', 'customer_cash', 'what is left of them'],
    ['debit', 'customer_receivable', 'what was spent of them'],
    ['credit', 'customer_pending', 'whole cents'],
  ],
};

function chart(): string[] {
  return Object.entries(CHART).map(([name, kind]) => {
    const { asset, normal, owner, guarded, shards, means } = kind as AccountKind;
    const each = owner === 'nothing' ? 'one for all' : `one per ${owner}`;
    return `| \`${name}\` | ${means} | ${asset} | ${normal} | ${each} | ${guarded ? 'yes' : 'no'} | ${shards} |`;
  });
}

/** `docs/ledger.md`. */
export function ledgerDocument(): string {
  const postings = Object.entries(POSTINGS).flatMap(([event, lines]) =>
    lines.length === 0
      ? [`| \`${event}\` | – | nothing: the deposit that took the dust along posts it | – |`]
      : lines.map(([side, account, amount]) => `| \`${event}\` | ${side} | \`${account}\` | ${amount} |`),
  );
  return [
    GENERATED,
    '# The ledger',
    [
      "Double entry, append only. Amounts are integers of the asset's smallest unit (six decimals); a transaction",
      'sums to zero per asset, and the database refuses anything else. A guarded account never passes zero.',
      'Debit-normal accounts mirror what somebody holds for us; credit-normal accounts are what we owe.',
    ].join(' '),
    '## Chart of accounts',
    [
      '| account | means | asset | normal side | owner | guarded | rows |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      ...chart(),
    ].join('\n'),
    '## What each event of a deposit posts',
    ['| event | side | account | amount |', '| --- | --- | --- | --- |', ...postings].join('\n'),
    '',
  ].join('\n\n');
}
