/** Tells held lifecycles that nothing holds them any more. */
import { WorkflowNotFoundError } from '@temporalio/client';
import { listReleased, type Released } from '../../db/platform/switch-queries.ts';
import { RELEASED } from '../../domain/platform/switch.ts';
import { signalDeposit } from '../../temporal/signal-deposit.ts';
import { withFailures } from '../failure.ts';
import type { ActivityPorts } from '../ports.ts';

const PAGE = 200;

/** The waking-up as an activity. */
export function createReleaseActivities(ports: Pick<ActivityPorts, 'database' | 'temporal' | 'config'>) {
  return withFailures({
    /** Wakes every held lifecycle whose switches are all on; answers how many. Safe to repeat. */
    wakeReleased: async (): Promise<number> => {
      let woken = 0;
      for (let last: Released | null = null; ; ) {
        const page: Released[] = await listReleased(ports.database, last, PAGE);
        await Promise.all(page.map((released) => wake(ports, released)));
        woken += page.length;
        last = page.at(-1) ?? null;
        if (page.length < PAGE) return woken;
      }
    },
  });
}

async function wake(
  { temporal, config }: Pick<ActivityPorts, 'temporal' | 'config'>,
  { lifecycle, id, user_id }: Released,
): Promise<void> {
  const workflow_id = `${lifecycle}:${id}`;
  if (lifecycle === 'deposit') {
    await signalDeposit(temporal, config.temporal.taskQueue, { workflow_id, user_id, message: RELEASED });
    return;
  }
  try {
    await temporal.workflow.getHandle(workflow_id).signal('providerEvent', RELEASED);
  } catch (error) {
    // Nothing runs that could hear it: its review says so, and waking it is not for us.
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

export type ReleaseActivities = ReturnType<typeof createReleaseActivities>;
