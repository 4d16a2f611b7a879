/** Notes on provider operations outside of a transition. */
import type { Database } from '../client.ts';

/** Writes that the outcome of an operation is unclear; a settled outcome is left alone. */
export async function markOperationUnknown(
  database: Database,
  operation: {
    readonly lifecycle: string;
    readonly id: string;
    readonly step: string;
    readonly error: string;
  },
): Promise<void> {
  await database.query(
    `update provider_operations set state = 'unknown', attempts = attempts + 1, last_error = $4
     where lifecycle = $1 and subject_id = $2 and step = $3 and state in ('intended', 'accepted', 'unknown')`,
    [operation.lifecycle, operation.id, operation.step, operation.error],
  );
}
