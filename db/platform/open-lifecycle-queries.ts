/** What is open by our own rows, whatever a search index says. */
import { isFinal, statesOf } from '../../domain/lifecycle.ts';
import { LIFECYCLES } from '../../domain/lifecycles.ts';
import type { Database } from '../client.ts';

/** The workflow of a lifecycle has its name, with two exceptions: onboarding sees to the user and to their wallets. */
const { wallet: _ofOnboarding, ...WITH_WORKFLOWS } = LIFECYCLES;
const kindOf = (lifecycle: string): string => (lifecycle === 'kyc' ? 'onboarding' : lifecycle);

/** Ids of the workflows whose row has not reached an end, or about which a person is asked. */
export async function openWorkflowIds(database: Database): Promise<string[]> {
  const open = Object.entries(WITH_WORKFLOWS).map(([name, { lifecycle, table, column }]) => {
    const ends = statesOf(lifecycle).filter((state) => isFinal(lifecycle, state));
    return `select '${kindOf(name)}:' || id as id from ${table} where ${column} not in ('${ends.join("', '")}')`;
  });
  const rows = await database.query<{ id: string }>(
    `${open.join(' union ')} union
     select case lifecycle when 'kyc' then 'onboarding' else lifecycle end || ':' || subject_id
     from reviews where decided_at is null`,
  );
  return rows.map(({ id }) => id);
}
