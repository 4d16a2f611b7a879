/** The people around a withdrawal, played: Alpaca, Mint and Circle settle what hangs, support decides reviews. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WithdrawalRow } from './money-out.ts';
import type { TestStack } from './stack.ts';
import { decide } from './trouble.ts';

/** How a withdrawal ended, and what people were asked on its way. */
export interface Trail {
  readonly row: WithdrawalRow;
  /** Reasons of the reviews that were decided, in order. */
  readonly reasons: readonly string[];
}

const FINAL = ['complete', 'refunded', 'failed', 'canceled'];
const LONGEST_MS = 60_000;
/** Longer than a quick look-up pause: what a company settles by itself it has settled by then. */
const HANGS_AFTER_LOOKS = 8;

async function read(
  stack: TestStack,
  id: string,
): Promise<{ row: WithdrawalRow; open: { id: string; reason: string }[] }> {
  const { rows } = await stack.database.pool.query<
    WithdrawalRow & { open: { id: string; reason: string }[] }
  >(
    `select w.*, (select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'reason', r.reason)), '[]') from reviews r
       where r.subject_id = w.id and r.decided_at is null) as open
     from withdrawals w where w.id = $1`,
    [id],
  );
  if (!rows[0]) throw new Error(`there is no withdrawal ${id}`);
  const { open, ...row } = rows[0];
  return { row, open };
}

/** Whoever holds a step at a company lets it go on. */
async function settle(stack: TestStack, row: WithdrawalRow): Promise<void> {
  const journal = row.refund_reason ? row.refund_ref : row.broker_withdrawal_ref;
  const isJournal = row.status === 'broker_withdrawal_initiated' || (row.refund_reason && row.refund_ref);
  if (isJournal) {
    await stack.sandbox.control('POST', `/control/alpaca/journals/${journal}/status`, { status: 'executed' });
  } else if (row.status === 'on_ramp_initiated') {
    const path = `/control/mint/transfers/${row.circle_on_ramp_ref}`;
    await stack.sandbox.control('POST', `${path}/state`, { state: 'failed', error_code: 'transfer_failed' });
  } else if (row.status === 'transfer_initiated') {
    const path = `/control/circle/transactions/${row.circle_transfer_ref}`;
    await stack.sandbox.control('POST', `${path}/state`, { state: 'QUEUED' });
  }
}

/**
 * Watches a withdrawal to its end, and does meanwhile what only people can do.
 * @param expects how many reviews there must have been, because one may come after the end, and whether a company
 * holds a step until somebody there lets it go on. With `orNewJournal` a second journal answers instead of reviews:
 * what the broker takes back before we heard that it had executed is a no like any other.
 */
export async function seeThrough(
  stack: TestStack,
  id: string,
  expects: { readonly reviews?: number; readonly hangs?: boolean; readonly orNewJournal?: boolean } = {},
): Promise<Trail> {
  const { reviews = 0, hangs = false, orNewJournal = false } = expects;
  const reasons: string[] = [];
  const decided = new Set<string>();
  const deadline = performance.now() + LONGEST_MS;
  for (let looks = 0, before = ''; ; looks += 1) {
    const { row, open } = await read(stack, id);
    const asked = open.find((review) => !decided.has(review.id));
    if (asked) {
      const { status } = await decide(stack, asked.id, 'retry');
      if (status === 200) {
        decided.add(asked.id);
        reasons.push(asked.reason);
      }
    } else if (FINAL.includes(row.status) && row.owed_journal === null) {
      const isNew = orNewJournal && row.journal_attempt > 1;
      if (isNew || reasons.length >= reviews) return { row, reasons };
    }
    const now = `${row.status} ${row.waiting_for} ${row.circle_transfer_ref} ${row.circle_on_ramp_ref}`;
    if (now !== before) looks = 0;
    before = now;
    if (hangs && looks === HANGS_AFTER_LOOKS) await settle(stack, row);
    if (performance.now() > deadline) {
      throw new Error(`${id} has not ended: ${now}, reviews ${open.map(({ reason }) => reason).join(', ')}`);
    }
    await sleep(250);
  }
}
