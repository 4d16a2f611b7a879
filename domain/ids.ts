/** Workflow ids read like addresses: `<thing>:<record id>`. Built and parsed only here. */

export type WorkflowKind =
  | 'address'
  | 'deposit'
  | 'withdrawal'
  | 'onboarding'
  | 'treasury'
  | 'wire'
  | 'reconciliation'
  | 'inbound-sweep'
  | 'provider-setup'
  | 'broker-events'
  | 'webhook-delivery';

/** The workflow id of a record's lifecycle. */
export function workflowId(kind: WorkflowKind, recordId: string): string {
  return `${kind}:${recordId}`;
}

/** What a workflow id is made of; empty words where it is no such id. */
export function partsOf(id: string): { readonly kind: string; readonly recordId: string } {
  const [kind = '', recordId = ''] = id.split(':');
  return { kind, recordId };
}

/**
 * The record id inside a workflow id.
 * @throws RangeError when the id is not of that kind.
 */
export function recordIdOf(kind: WorkflowKind, id: string): string {
  const prefix = `${kind}:`;
  if (!id.startsWith(prefix)) throw new RangeError(`${id} is not the id of a ${kind} workflow`);
  return id.slice(prefix.length);
}
