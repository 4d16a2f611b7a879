/** What is open by our own rows, whatever a search index says. */
import { openStatesOf } from '../../domain/lifecycle.ts';
import { LIFECYCLES, type LifecycleName } from '../../domain/lifecycles.ts';
import { lifecycleWorkflow } from '../../domain/platform/lifecycle-words.ts';
import type { Database } from '../client.ts';

/** Ids of the workflows whose row has not reached an end, or about which a person is asked; each once. */
export async function openWorkflowIds(database: Database): Promise<string[]> {
  const open = Object.entries(LIFECYCLES).map(([name, { lifecycle, table, column }]) => {
    const owner = table === 'users' ? 'id' : 'user_id';
    return `select '${name}' as lifecycle, id, ${owner} as user_id from ${table}
      where ${column} in ('${openStatesOf(lifecycle).join("', '")}')`;
  });
  const rows = await database.query<{ lifecycle: LifecycleName; id: string; user_id: string | null }>(
    `${open.join(' union all ')}
     union all select lifecycle, subject_id, user_id from reviews where decided_at is null`,
  );
  return [...new Set(rows.map(({ lifecycle, id, user_id }) => lifecycleWorkflow(lifecycle, id, user_id)))];
}
