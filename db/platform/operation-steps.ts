/** Notes on provider operations outside of a transition. */
import type { Database } from '../client.ts';

/** Which operation. */
export interface OperationName {
  readonly lifecycle: string;
  readonly id: string;
  readonly step: string;
}

/** Writes that the outcome of an operation is unclear; a settled outcome is left alone. */
export async function markOperationUnknown(
  database: Database,
  operation: OperationName & { readonly error: string },
): Promise<void> {
  await database.query(
    `update provider_operations set state = 'unknown', attempts = attempts + 1, last_error = $4
     where lifecycle = $1 and subject_id = $2 and step = $3 and state in ('intended', 'accepted', 'unknown')`,
    [operation.lifecycle, operation.id, operation.step, operation.error],
  );
}

/** Whether it was written down that nobody knows what became of the operation. */
export async function isOperationUnknown(
  database: Database,
  { lifecycle, id, step }: OperationName,
): Promise<boolean> {
  const rows = await database.query(
    `select from provider_operations
     where lifecycle = $1 and subject_id = $2 and step = $3 and state = 'unknown'`,
    [lifecycle, id, step],
  );
  return rows.length > 0;
}
