/** Reads the providers' lists into the database, page by page; what is read twice is kept once. */
import { Context } from '@temporalio/activity';
import { keepLines, type StatementLine } from '../../db/funding/reconciliation-steps.ts';
import { withFailures } from '../failure.ts';
import type { ActivityPorts } from '../ports.ts';
import * as lines from './reconciliation-lines.ts';

export interface ReadInput {
  readonly run_id: string;
  /** RFC 3339: entries from then on. */
  readonly since: string;
  /** They are read again after the balances: what changed since may be in them or not. */
  readonly moving: boolean;
}

const DAY_MS = 86_400_000;
/** What may move while balances are read is younger than this, or was under way and counts as such anyway. */
const RECENT_MS = DAY_MS;

type StatementPorts = Pick<ActivityPorts, 'database' | 'circle' | 'mint' | 'alpaca' | 'config'>;

/** A page and where the next one begins; null after the last. */
type Page<Item, Cursor> = (cursor: Cursor | null) => Promise<{ items: readonly Item[]; next: Cursor | null }>;

/** From when on a list is read. */
function sinceOf({ since, moving }: ReadInput): string {
  if (!moving) return since;
  return new Date(Math.max(Date.parse(since), Date.now() - RECENT_MS)).toISOString();
}

/** Walks a list; the heartbeat tells people, and the engine, how far it has come. */
function createKeeper({ database }: Pick<ActivityPorts, 'database'>) {
  return async <Item, Cursor>(
    input: ReadInput,
    name: string,
    page: Page<Item, Cursor>,
    toLine: (item: Item) => StatementLine,
  ): Promise<number> => {
    let kept = 0;
    let cursor: Cursor | null = null;
    do {
      const read: { items: readonly Item[]; next: Cursor | null } = await page(cursor);
      if (read.items.length > 0)
        kept += await keepLines(database, input.run_id, read.items.map(toLine), input.moving);
      cursor = read.next;
      Context.current().heartbeat({ list: name, kept });
    } while (cursor !== null);
    return kept;
  };
}

/** The lists as activities; each can be begun again, because keeping an entry twice changes nothing. */
export function createReconciliationStatementActivities(ports: StatementPorts) {
  const { circle, mint, alpaca, config } = ports;
  const firm = config.alpaca.firmAccountId;

  const keepAll = createKeeper(ports);
  return withFailures({
    /** Circle: every transaction of our wallets. */
    readCircleEntries: (input: ReadInput): Promise<number> =>
      keepAll<Parameters<typeof lines.circleLine>[0], string>(
        input,
        'circle transactions',
        async (cursor) => {
          const read = await circle.listTransactions({
            since: sinceOf(input),
            ...(cursor !== null && { cursor }),
          });
          return { items: read.transactions, next: read.nextCursor };
        },
        lines.circleLine,
      ),

    /** Mint: transfers, payouts and wires that came in. */
    readMintEntries: async (input: ReadInput): Promise<number> => {
      const from = (cursor: string | null) => ({ from: sinceOf(input), ...(cursor !== null && { cursor }) });
      const paged =
        <Item>(
          list: (filter: ReturnType<typeof from>) => Promise<{ items: Item[]; nextCursor: string | null }>,
        ) =>
        async (cursor: string | null) => {
          const { items, nextCursor } = await list(from(cursor));
          return { items, next: nextCursor };
        };
      const transfers = await keepAll(
        input,
        'mint transfers',
        paged(mint.listTransfers),
        lines.mintTransferLine,
      );
      const payouts = await keepAll(input, 'mint payouts', paged(mint.listPayouts), lines.mintPayoutLine);
      const deposits = await keepAll(input, 'mint deposits', paged(mint.listDeposits), lines.mintDepositLine);
      return transfers + payouts + deposits;
    },

    /** Alpaca: cash journals, day by day because a list has no pages, and the wires of the firm account. */
    readAlpacaEntries: async (input: ReadInput): Promise<number> => {
      const day = (time: number) => new Date(time).toISOString().slice(0, 10);
      const journals = await keepAll<Parameters<typeof lines.journalLine>[0], number>(
        input,
        'alpaca journals',
        async (cursor) => {
          // Days are New York's: one day of margin on either side covers the difference.
          const begin = cursor ?? Date.parse(sinceOf(input)) - DAY_MS;
          const items = await alpaca.listJournals({ after: day(begin), before: day(begin + DAY_MS) });
          return { items, next: begin + DAY_MS > Date.now() + DAY_MS ? null : begin + DAY_MS };
        },
        lines.journalLine,
      );
      const wires = await keepAll<Parameters<typeof lines.alpacaTransferLine>[1], number>(
        input,
        'alpaca transfers',
        async (cursor) => {
          const read = await alpaca.listTransferPage({ accountId: firm, offset: cursor ?? 0 });
          const isOld = read.transfers.some(
            ({ createdAt }) => createdAt !== null && Date.parse(createdAt) < Date.parse(sinceOf(input)),
          );
          return { items: read.transfers, next: isOld ? null : read.nextOffset };
        },
        (transfer) => lines.alpacaTransferLine(firm, transfer),
      );
      return journals + wires;
    },
  });
}

export type ReconciliationStatementActivities = ReturnType<typeof createReconciliationStatementActivities>;
