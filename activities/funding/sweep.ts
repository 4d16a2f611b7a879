/** The safety net under the webhooks: everything they tell can also be found by asking. */

import {
  creditedTransactions,
  cursorOf,
  moveCursor,
  unknownTransactions,
} from '../../db/funding/sweep-queries.ts';
import {
  openEvents,
  receiveCircleReport,
  type WorkflowSignal,
} from '../../db/platform/inbound-event-queries.ts';
import { withFailures } from '../failure.ts';
import { tellWorkflow } from '../platform/broker-event-signals.ts';
import type { ActivityPorts } from '../ports.ts';
import type { CircleTransaction } from '../providers/circle/mapping.ts';

const CURSOR = 'circle.inbound.sweep';
/** Circle lists by creation time; an overlap covers clocks that differ and transfers that appear late. */
const OVERLAP_MS = 10 * 60 * 1000;
/** The first round of all looks this far back. */
const FIRST_LOOK_MS = 24 * 3600 * 1000;
/** Of fifty each: at Circle's rate limit for reading, a few seconds. */
const PAGES_PER_ROUND = 100;
/** A chain that takes back what is older than this is no chain any more. */
const UNDONE_WITHIN_MS = 7 * 24 * 3600 * 1000;
/** A signal that has not been used after this long did not arrive. */
const OPEN_AFTER_SECONDS = 90;
const SIGNALS_PER_ROUND = 500;

type SweepPorts = Pick<ActivityPorts, 'database' | 'circle' | 'temporal' | 'config'>;

/** The rounds of the sweep as activities. */
export function createSweepActivities(ports: SweepPorts) {
  const { database, circle } = ports;
  const tell = (signals: readonly WorkflowSignal[]) =>
    Promise.all(signals.map((signal) => tellWorkflow(ports, signal)));
  const report = async (transaction: CircleTransaction): Promise<number> => {
    const source = { eventId: `look-up:${transaction.id}:${transaction.state}`, payload: transaction };
    const { signals } = await receiveCircleReport(database, source, transaction);
    await tell(signals);
    return signals.length;
  };
  const reportUndone = async (transactions: readonly CircleTransaction[]): Promise<number> => {
    const ids = transactions.map(({ id }) => id);
    const credited = new Set(ids.length === 0 ? [] : await creditedTransactions(database, ids));
    let found = 0;
    for (const one of transactions) if (credited.has(one.id)) found += await report(one);
    return found;
  };
  return withFailures({
    /** Stores and signals inbound transfers that we have no deposit for; answers how many there were. */
    findUnreportedTransfers: async (): Promise<number> => {
      const started = Date.now();
      const last = await cursorOf(database, CURSOR);
      const since = new Date(last ? Date.parse(last) - OVERLAP_MS : started - FIRST_LOOK_MS).toISOString();
      let cursor: string | null = null;
      let reached = since;
      let found = 0;
      for (let page = 0; page < PAGES_PER_ROUND; page += 1) {
        const { transactions, nextCursor } = await circle.listInbound({
          since,
          ...(cursor !== null && { cursor }),
        });
        const unknown = new Set(
          await unknownTransactions(
            database,
            transactions.map(({ id }) => id),
          ),
        );
        for (const transaction of transactions.filter(({ id }) => unknown.has(id))) {
          const source = { eventId: `look-up:${transaction.id}:${transaction.state}`, payload: transaction };
          const { signals } = await receiveCircleReport(database, source, transaction);
          await tell(signals);
          found += signals.length;
        }
        reached = transactions.at(-1)?.createdAt ?? reached;
        cursor = nextCursor;
        if (cursor === null) break;
      }
      // With pages left the next round goes on where this one stopped: nothing is skipped, and the end is reached.
      const next = cursor === null ? started : Date.parse(reached) + OVERLAP_MS;
      await moveCursor(database, CURSOR, new Date(next).toISOString());
      return found;
    },

    /** Circle sends no webhook for an inbound transfer that fails after it was final: these are asked for. */
    findUndoneTransfers: async (): Promise<number> => {
      const since = new Date(Date.now() - UNDONE_WITHIN_MS).toISOString();
      let found = 0;
      for (const state of ['FAILED', 'CANCELLED'] as const) {
        let cursor: string | null = null;
        for (let page = 0; page < PAGES_PER_ROUND; page += 1) {
          const listed = await circle.listInbound({ since, state, ...(cursor !== null && { cursor }) });
          found += await reportUndone(listed.transactions);
          cursor = listed.nextCursor;
          if (cursor === null) break;
        }
      }
      return found;
    },

    /** Sends the signals of stored events that nobody has used; answers how many. */
    sendOpenEvents: async (): Promise<number> => {
      const signals = await openEvents(database, OPEN_AFTER_SECONDS, SIGNALS_PER_ROUND);
      await Promise.all(signals.map((signal) => tellWorkflow(ports, signal)));
      return signals.length;
    },
  });
}

export type SweepActivities = ReturnType<typeof createSweepActivities>;
