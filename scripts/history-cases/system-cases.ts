/** The workflows that run for the product itself: each once, as it runs every day. */
import { DEFAULT_BROKER_EVENT_POLICY } from '../../domain/platform/broker-events.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { Cases, PlayedCase, Stage } from '../record-histories.ts';

/** A round that the schedule starts now. */
function round(
  name: 'sweep' | 'treasury' | 'ledgerSeal' | 'reconciliation' | 'reviewEscalation',
  when = 'every-minute',
) {
  return async ({ temporal }: Stage): Promise<PlayedCase> => {
    await temporal.schedule.getHandle(`${name}-${when}`).trigger();
    return eventually(`a round of the ${name} has ended`, async () => {
      const { info } = await temporal.schedule.getHandle(`${name}-${when}`).describe();
      const last = info.recentActions.at(-1)?.action;
      return last && { workflowId: last.workflow.workflowId, isOver: true };
    });
  };
}

/** Short rounds under an id of its own, until the first run goes on as a second one. */
async function brokerRounds({ stack, temporal }: Stage): Promise<PlayedCase> {
  const workflowId = 'broker-events:recorded';
  const policy = { ...DEFAULT_BROKER_EVENT_POLICY, roundSeconds: 0.05 };
  const handle = await temporal.workflow.start('brokerEvents', {
    workflowId,
    taskQueue: stack.config.temporal.taskQueue,
    args: [{ stream: 'journals', policy }],
  });
  await eventually('the second run has begun', async () => {
    const { runId } = await temporal.workflow.getHandle(workflowId).describe();
    return runId !== handle.firstExecutionRunId;
  });
  await temporal.workflow.getHandle(workflowId).terminate('recorded');
  return { workflowId, runId: handle.firstExecutionRunId, isOver: false };
}

export const systemCases: Readonly<Record<string, Cases>> = {
  providerSetup: { happy: async () => ({ workflowId: 'provider-setup:main', isOver: true }) },
  sweep: { happy: round('sweep') },
  reconciliation: { happy: round('reconciliation', 'every-quarter-hour') },
  reviewEscalation: { happy: round('reviewEscalation') },
  treasury: { happy: round('treasury') },
  ledgerSeal: { happy: round('ledgerSeal') },
  brokerEvents: {
    'rounds-then-a-new-run': brokerRounds,
    reading: async () => ({ workflowId: 'broker-events:journals', isOver: false }),
  },
};
