/** Withdrawals and addresses whose request was lost between writing the row and the answer. See decision 77. */
import { cursorOf, moveCursor, unmovedRequests } from '../../db/funding/sweep-queries.ts';
import { RELEASED } from '../../domain/platform/switch.ts';
import { describeOpenRun } from '../../temporal/open-run.ts';
import { withFailures } from '../failure.ts';
import { tellWorkflow } from '../platform/broker-event-signals.ts';
import type { ActivityPorts } from '../ports.ts';

/** Whoever has written a request down begins at once. */
const BEGUN_AFTER_SECONDS = 90;
/** Events of a run that knows nothing of its request: its start, and tasks that brought nothing. */
const NOT_BEGUN_EVENTS = 12;
/** One question to Temporal each. */
const REQUESTS_PER_ROUND = 200;
const CURSOR = 'requests.unmoved';

/** The search for them as an activity. */
export function createLostRequestActivities(
  ports: Pick<ActivityPorts, 'database' | 'temporal' | 'config' | 'log'>,
) {
  const { database, temporal, log } = ports;
  return withFailures({
    /**
     * Tells those that have not begun to look at their rows, some in each round; answers how many. Told twice, one
     * looks twice.
     */
    beginLostRequests: async (): Promise<number> => {
      const last = (await cursorOf(database, CURSOR)) ?? '';
      const unmoved = await unmovedRequests(database, BEGUN_AFTER_SECONDS, last, REQUESTS_PER_ROUND);
      let begun = 0;
      for (const { workflow_id, user_id } of unmoved) {
        const run = await describeOpenRun(temporal, workflow_id);
        if (run && run.historyLength > NOT_BEGUN_EVENTS) continue;
        await tellWorkflow(ports, { workflow_id, user_id, message: RELEASED });
        log.warn({ workflowId: workflow_id }, 'what was requested begins from its row: the request was lost');
        begun += 1;
      }
      const isFull = unmoved.length === REQUESTS_PER_ROUND;
      await moveCursor(database, CURSOR, isFull ? (unmoved.at(-1)?.workflow_id ?? '') : '');
      return begun;
    },
  });
}

export type LostRequestActivities = ReturnType<typeof createLostRequestActivities>;
