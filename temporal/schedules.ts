/** What runs by the clock: schedules that every worker makes sure of. */
import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { initialAttributes, WORKFLOWS } from '../workflows/contract.ts';

const EVERY_MINUTE = { every: '1 minute', named: 'every-minute' } as const;
const EVERY_QUARTER = { every: '15 minutes', named: 'every-quarter-hour' } as const;
/** After an outage one run catches up; older ones would only repeat it. */
const CATCH_UP = '2 minutes';

/** Creates the schedules that are missing; existing ones stay as staff have set them. */
export async function scheduleHousekeeping(client: Client, taskQueue: string): Promise<void> {
  await Promise.all([
    ensure(client, taskQueue, 'sweep', 'sweep:deposits'),
    ensure(client, taskQueue, 'treasury', 'treasury:floats'),
    ensure(client, taskQueue, 'reviewEscalation', 'review-escalation:main'),
    ensure(client, taskQueue, 'ledgerSeal', 'ledger-seal:main'),
    ensure(client, taskQueue, 'reconciliation', 'reconciliation:main', EVERY_QUARTER),
  ]);
}

async function ensure(
  client: Client,
  taskQueue: string,
  name: keyof typeof WORKFLOWS,
  workflowId: string,
  { every, named }: typeof EVERY_MINUTE | typeof EVERY_QUARTER = EVERY_MINUTE,
): Promise<void> {
  const contract = WORKFLOWS[name];
  try {
    await client.schedule.create({
      scheduleId: `${name}-${named}`,
      spec: { intervals: [{ every }] },
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
