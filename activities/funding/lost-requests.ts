/** Withdrawals whose request was lost between writing the row and the answer. See decision 77. */
import { unmovedWithdrawals } from '../../db/funding/sweep-queries.ts';
import { workflowId } from '../../domain/ids.ts';
import { RELEASED } from '../../domain/platform/switch.ts';
import { describeOpenRun } from '../../temporal/open-run.ts';
import { withFailures } from '../failure.ts';
import { tellWorkflow } from '../platform/broker-event-signals.ts';
import type { ActivityPorts } from '../ports.ts';

/** Whoever has written a request down begins at once. */
const BEGUN_AFTER_SECONDS = 90;
/** Events of a run that knows nothing of its request: its start, and tasks that brought nothing. */
const NOT_BEGUN_EVENTS = 12;

/** The search for them as an activity. */
export function createLostRequestActivities(
  ports: Pick<ActivityPorts, 'database' | 'temporal' | 'config' | 'log'>,
) {
  const { database, temporal, log } = ports;
  return withFailures({
    /** Tells those that have not begun to look at their rows; answers how many. Told twice, one looks twice. */
    beginLostWithdrawals: async (): Promise<number> => {
      let begun = 0;
      for (const { id, user_id } of await unmovedWithdrawals(database, BEGUN_AFTER_SECONDS)) {
        const workflow_id = workflowId('withdrawal', id);
        const run = await describeOpenRun(temporal, workflow_id);
        if (run && run.historyLength > NOT_BEGUN_EVENTS) continue;
        await tellWorkflow(ports, { workflow_id, user_id, message: RELEASED });
        log.warn({ workflowId: workflow_id }, 'a withdrawal whose request was lost begins from its row');
        begun += 1;
      }
      return begun;
    },
  });
}

export type LostRequestActivities = ReturnType<typeof createLostRequestActivities>;
