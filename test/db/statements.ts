/** Deposits with the lists that the providers show for them, so that a test can spoil one entry and compare. */
import { randomUUID } from 'node:crypto';
import type { Database } from '../../db/client.ts';
import * as steps from '../../db/funding/reconciliation-steps.ts';
import { brokerFunded, offRampCompleted, offRampStarted } from '../../domain/funding/deposit-postings.ts';
import { reconciliationRules } from '../../domain/funding/reconciliation-sources.ts';
import { parseUnits } from '../../domain/money.ts';
import { addDeposit, addUser, addWallet, confirmDeposit, units } from './records.ts';

export const FIRM = 'firm-account';

/** What the companies show. */
export interface Statement {
  readonly lines: steps.StatementLine[];
  readonly balances: Map<string, bigint>;
  /** Entries that are there only when the lists are read again after the balances. */
  readonly late?: readonly steps.StatementLine[];
}

/** An open break as the tests read it. */
export interface Break {
  readonly id: string;
  readonly key: string;
  readonly kind: string;
  readonly account: string | null;
  readonly subject_id: string | null;
  readonly reference: string | null;
  readonly expected: string | null;
  readonly found: string | null;
  readonly difference: string | null;
  readonly evidence: { readonly balance_agrees?: boolean };
}

export interface PlayedDeposit {
  readonly id: string;
  readonly userId: string;
  readonly walletId: string;
  readonly wallet: string;
  readonly account: string;
}

/** An entry; what a test does not say is usual. */
export function entry(
  given: Partial<steps.StatementLine> & Pick<steps.StatementLine, 'source'>,
): steps.StatementLine {
  return {
    reference: randomUUID(),
    from_place: null,
    to_place: null,
    amount: '0',
    fee: '0',
    outcome: 'succeeded',
    provider_state: 'complete',
    words: null,
    tx_hash: null,
    at: new Date().toISOString(),
    is_day: false,
    ...given,
  };
}

/** Adds to what stands at a place. */
export function add(statement: Statement, place: string, amount: bigint): void {
  statement.balances.set(place, (statement.balances.get(place) ?? 0n) + amount);
}

/** A deposit that has become buying power, in the books and in every list. */
export async function playDeposit(
  database: Database,
  statement: Statement,
  amount = '10.00',
): Promise<PlayedDeposit> {
  const userId = await addUser(database);
  const account = `account-${userId}`;
  await database.query('update users set alpaca_account_id = $2 where id = $1', [userId, account]);
  const walletId = await addWallet(database, userId);
  const wallet = `circle-${walletId}`;
  const id = await addDeposit(database, walletId, amount);
  await confirmDeposit(database, id);
  const refs = { transfer: randomUUID(), mint: randomUUID(), journal: randomUUID() };
  const hash = `0x${refs.transfer}`;
  const money = { userId, walletId, units: parseUnits(amount) };
  const operation = (step: string, provider: string, reference: string, tx?: string) => ({
    ...{ step, provider, key: randomUUID(), state: 'succeeded', reference },
    ...(tx && { tx_hash: tx }),
  });
  const off = operation('off_ramp:1', 'circle', refs.transfer, hash);
  for (const [event, details] of [
    ['off_ramp_started', { postings: offRampStarted(money), operations: [off] }],
    ['off_ramp_completed', { postings: offRampCompleted(money), patch: { mint_transfer_ref: refs.mint } }],
    [
      'broker_funded',
      { postings: brokerFunded(money), operations: [operation('journal:1', 'alpaca', refs.journal)] },
    ],
  ] as const) {
    await database.query("select transition('deposit', $1, $2, '1', $3)", [
      id,
      event,
      JSON.stringify(details),
    ]);
  }
  const cents = units(amount);
  const inbound = { reference: `tx-${id}`, to_place: wallet, tx_hash: `0x${id.replaceAll('-', '')}` };
  statement.lines.push(
    entry({ source: 'circle.inbound', ...inbound, amount: cents }),
    entry({
      ...{
        source: 'circle.outbound',
        reference: refs.transfer,
        from_place: wallet,
        amount: cents,
        tx_hash: hash,
      },
      words: `deposit:${id}:off_ramp:1`,
    }),
    entry({ source: 'mint.transfer', reference: refs.mint, to_place: 'mint', amount: cents, tx_hash: hash }),
    entry({
      ...{
        source: 'alpaca.journal',
        reference: refs.journal,
        from_place: FIRM,
        to_place: account,
        amount: cents,
      },
      words: `deposit:${id}:journal:1`,
    }),
  );
  add(statement, wallet, 0n);
  add(statement, 'mint', money.units);
  add(statement, FIRM, -money.units);
  add(statement, account, money.units);
  return { id, userId, walletId, wallet, account };
}

/**
 * One run: everything is read, compared, read again and compared again; `meanwhile` happens between the two.
 * Answers the breaks that are open then.
 */
export async function look(
  database: Database,
  statement: Statement,
  rules: { graceSeconds?: number; timeToleranceSeconds?: number } = {},
  meanwhile: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Break[]> {
  const id = randomUUID();
  const run = await steps.beginRun(database, { id, cause: 'request', firmAccountId: FIRM });
  if (!run) throw new Error('another run is at work');
  const all = { ...reconciliationRules(), graceSeconds: 0, timeToleranceSeconds: 3600, ...rules };
  for (const confirm of [false, true]) {
    await steps.keepLines(database, id, statement.lines, false);
    const balances = [...statement.balances].map(([place, stands]) => ({ place, units: stands.toString() }));
    await steps.keepBalances(database, id, balances);
    await steps.keepLines(database, id, [...statement.lines, ...(statement.late ?? [])], true);
    await steps.compare(database, { id, confirm }, all);
    if (!confirm) await meanwhile();
  }
  await steps.endRun(database, id, null);
  return openBreaks(database);
}

/** The breaks that are open now. */
function openBreaks(database: Database): Promise<Break[]> {
  return database.query<Break & { [column: string]: unknown }>(
    `select id, key, kind, account, subject_id, reference, expected::text, found::text, difference::text, evidence
     from reconciliation_breaks where state = 'open' order by key`,
  );
}
