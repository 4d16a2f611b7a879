/** Withdrawals and addresses whose request was lost between writing the row and the answer. See decision 77. */
import type { Database } from '../../db/client.ts';
import { type UnmovedRequest, unmovedRequests } from '../../db/funding/sweep-queries.ts';
import { RELEASED } from '../../domain/platform/switch.ts';
import { describeOpenRun } from '../../temporal/open-run.ts';
import { withFailures } from '../failure.ts';
import { tellWorkflow } from '../platform/broker-event-signals.ts';
import { inTurn } from '../platform/in-turn.ts';
import type { ActivityPorts } from '../ports.ts';

/** Whoever has written a request down begins at once. */
const BEGUN_AFTER_SECONDS = 90;
/** Events of a run that knows nothing of its request: its start, and tasks that brought nothing. */
const NOT_BEGUN_EVENTS = 12;
/** One question to Temporal each. */
const REQUESTS_PER_ROUND = 200;

const unmovedOnes = (database: Database) => ({
  cursor: 'requests.unmoved',
  limit: REQUESTS_PER_ROUND,
  read: (after: string, limit: number) => unmovedRequests(database, BEGUN_AFTER_SECONDS, after, limit),
  idOf: ({ workflow_id }: UnmovedRequest) => workflow_id,
});

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
      let begun = 0;
      await inTurn(database, unmovedOnes(database), async (unmoved) => {
        for (const { workflow_id, user_id } of unmoved) {
          const run = await describeOpenRun(temporal, workflow_id);
          if (run && run.historyLength > NOT_BEGUN_EVENTS) continue;
          await tellWorkflow(ports, { workflow_id, user_id, message: RELEASED });
          log.warn(
            { workflowId: workflow_id },
            'what was requested begins from its row: the request was lost',
          );
          begun += 1;
        }
      });
      return begun;
    },
  });
}

export type LostRequestActivities = ReturnType<typeof createLostRequestActivities>;
