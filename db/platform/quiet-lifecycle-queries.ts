/** Lifecycles on their way in which nothing has happened for long, and what their workflows were told last. */

import { workflowId } from '../../domain/ids.ts';
import { openStatesOf } from '../../domain/lifecycle.ts';
import { LIFECYCLES } from '../../domain/lifecycles.ts';
import type { Database } from '../client.ts';

/** Those that companies speak of: what their workflow was told is stored, and can be told again. */
const TOLD = ['deposit', 'withdrawal', 'wire'] as const;
/** What waits for the customer's next deposit has no workflow. */
const WITHOUT_RUN = ['next_deposit', 'carrier'];

/** Up to `limit` of them after the id `after`, in the order of their ids, as ids of their workflows. */
export async function quietWorkflows(
  database: Database,
  quietSeconds: number,
  after: string,
  limit: number,
): Promise<string[]> {
  const quiet = TOLD.map((name) => {
    const { lifecycle, table, column } = LIFECYCLES[name];
    return `select '${workflowId(name, '')}' || id as workflow_id from ${table}
      where ${column} in ('${openStatesOf(lifecycle).join("', '")}') and updated_at < now() - make_interval(secs => $1)
        and coalesce(waiting_for::text, '') not in ('${WITHOUT_RUN.join("', '")}')`;
  });
  const rows = await database.query<{ workflow_id: string }>(
    `select workflow_id from (${quiet.join(' union all ')}) x where workflow_id > $2 order by workflow_id limit $3`,
    [quietSeconds, after, limit],
  );
  return rows.map(({ workflow_id }) => workflow_id);
}

/** Opens what a workflow was told last, so that it is told again; false where it was never told anything. */
export async function reopenNewestEvent(database: Database, workflow: string): Promise<boolean> {
  const rows = await database.query(
    `with newest as (select max(id) as id from inbound_events where workflow_id = $1),
       opened as (update inbound_events set processed_at = null
         where id = (select id from newest) and processed_at is not null)
     select from newest where id is not null`,
    [workflow],
  );
  return rows.length > 0;
}
