/** Staff who approve what a customer wants to take out. */
import type { Client } from '@temporalio/client';
import type { TestStack } from './stack.ts';

/** Two people release a withdrawal that waits for approval. */
export async function approveByTwo(
  stack: Pick<TestStack, 'database'>,
  temporal: Client,
  id: string,
): Promise<void> {
  for (const name of ['one', 'two']) {
    const { rows } = await stack.database.pool.query<{ id: string }>(
      `insert into users (auth_provider_id, role) values ($1, 'admin')
       on conflict (auth_provider_id) do update set role = 'admin' returning id`,
      [`test:approver-${name}`],
    );
    const decided_by = rows[0]?.id ?? '';
    const decision = { decision: 'approve', decided_by, note: 'Fine.', request_id: `${id}-${name}` } as const;
    const run = temporal.workflow.getHandle(`withdrawal:${id}`);
    await run.executeUpdate('decideApproval', { args: [decision] });
  }
}
