/** What runs by the clock: schedules that every worker makes sure of. */
import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { initialAttributes, WORKFLOWS } from '../workflows/contract.ts';

const EVERY_MINUTE = '1 minute';
/** After an outage one run catches up; older ones would only repeat it. */
const CATCH_UP = '2 minutes';

/** Creates the schedules that are missing; existing ones stay as staff have set them. */
export async function scheduleHousekeeping(client: Client, taskQueue: string): Promise<void> {
  await Promise.all([
    ensure(client, taskQueue, 'sweep', 'sweep:deposits'),
    ensure(client, taskQueue, 'treasury', 'treasury:floats'),
    ensure(client, taskQueue, 'reviewEscalation', 'review-escalation:main'),
    ensure(client, taskQueue, 'ledgerSeal', 'ledger-seal:main'),
  ]);
}

async function ensure(
  client: Client,
  taskQueue: string,
  name: keyof typeof WORKFLOWS,
  workflowId: string,
): Promise<void> {
  const contract = WORKFLOWS[name];
  try {
    await client.schedule.create({
      scheduleId: `${name}-every-minute`,
      spec: { intervals: [{ every: EVERY_MINUTE }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCH_UP },
      action: {
        type: 'startWorkflow',
        workflowType: contract.type,
        workflowId,
        taskQueue,
        args: [],
        typedSearchAttributes: initialAttributes({
          lifecycle: contract.type,
          area: contract.area,
          state: 'running',
        }),
        staticSummary: contract.means,
      },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
