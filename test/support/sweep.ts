/** A round of the sweep that need not be waited for. */
import type { Client } from '@temporalio/client';
import type { TestStack } from './stack.ts';

/** Starts a round for which every event that nobody has used is older by `by` than it was. */
export async function sweepNow(
  stack: Pick<TestStack, 'database'>,
  temporal: Client,
  by: '1 minute' | '1 hour' = '1 minute',
): Promise<void> {
  await stack.database.pool.query(
    'update inbound_events set received_at = received_at - $1::interval where processed_at is null',
    [by],
  );
  await temporal.schedule.getHandle('sweep-every-minute').trigger();
}
