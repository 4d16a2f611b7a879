/** Runs that cannot go on, because their history fits their code no more, make room for another one. */
import type { Database } from '../../db/client.ts';
import { openEvents } from '../../db/platform/inbound-event-queries.ts';
import { forgetAnsweredReview } from '../../db/platform/lost-decisions.ts';
import { quietWorkflows, reopenNewestEvent } from '../../db/platform/quiet-lifecycle-queries.ts';
import { partsOf } from '../../domain/ids.ts';
import { findStuckRun } from '../../temporal/stuck-run.ts';
import { withFailures } from '../failure.ts';
import type { ActivityPorts } from '../ports.ts';
import { inTurn } from './in-turn.ts';

/** Whoever has used nothing for so long, though it was sent again and again, may not be able to. */
const STUCK_AFTER_SECONDS = 10 * 60;
const SIGNALS_PER_ROUND = 500;
/** Of those that were told nothing: one question to Temporal each. */
const QUIET_PER_ROUND = 50;

type StuckRunPorts = Pick<ActivityPorts, 'database' | 'temporal' | 'log'>;

const quietOnes = (database: Database) => ({
  cursor: 'stuck.quiet',
  limit: QUIET_PER_ROUND,
  read: (after: string, limit: number) => quietWorkflows(database, STUCK_AFTER_SECONDS, after, limit),
  idOf: (id: string) => id,
});

/** The search for them as an activity. */
export function createStuckRunActivities(ports: StuckRunPorts) {
  const { database } = ports;
  return withFailures({
    /**
     * Ends the runs that do not use what they are told, and, some in each round, those in whose lifecycles nothing has
     * happened for long; answers how many. What an ended run was told last is open afterwards: told again, it begins
     * another run.
     */
    endStuckRuns: async (): Promise<number> => {
      const late = await openEvents(database, STUCK_AFTER_SECONDS, SIGNALS_PER_ROUND);
      const told = new Set(late.map(({ workflow_id }) => workflow_id));
      let ended = 0;
      for (const id of told) ended += await endIfStuck(ports, id);
      await inTurn(database, quietOnes(database), async (quiet) => {
        for (const id of quiet.filter((id) => !told.has(id))) ended += await endIfStuck(ports, id);
      });
      return ended;
    },
  });
}

/** What a lost decision has left behind goes first: once the run has ended nobody would see it any more. */
async function endIfStuck({ database, temporal, log }: StuckRunPorts, workflowId: string): Promise<0 | 1> {
  const stuck = await findStuckRun(temporal, workflowId);
  if (!stuck) return 0;
  const { kind, recordId } = partsOf(workflowId);
  if (!(await reopenNewestEvent(database, workflowId))) {
    log.error({ workflowId }, 'a run cannot go on, and nothing is stored that would begin another one');
    return 0;
  }
  await forgetAnsweredReview(database, kind, recordId);
  await stuck.end();
  log.warn({ workflowId }, 'a run that could not go on was ended; another one takes the lifecycle up');
  return 1;
}

export type StuckRunActivities = ReturnType<typeof createStuckRunActivities>;
