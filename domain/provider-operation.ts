/** Words of the row that answers "did we pay?": one per effect at a provider. */

export const OPERATION_STATES = ['intended', 'accepted', 'succeeded', 'failed', 'unknown'] as const;
export type OperationState = (typeof OPERATION_STATES)[number];
