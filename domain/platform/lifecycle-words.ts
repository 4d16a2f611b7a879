/** What any lifecycle says of itself, and which workflow drives it. */
import { workflowId } from '../ids.ts';
import { isFinal, type StateSpec, stateSpec } from '../lifecycle.ts';
import { LIFECYCLES, type LifecycleName } from '../lifecycles.ts';
import { WHY_SOURCES } from './why-sources.ts';

/**
 * The state's sentences, and where the state lasts longer than usual the reason's. A reason that is not known,
 * because a newer version wrote it, says nothing.
 */
export function lifecycleWords(
  kind: LifecycleName,
  status: string,
  waitingFor: string | null,
): { readonly customer: string; readonly support: string; readonly waitsFor: string } {
  const spec: StateSpec = stateSpec(LIFECYCLES[kind].lifecycle, status as never);
  const wait = waitingFor === null ? undefined : WHY_SOURCES[kind].waits[waitingFor];
  if (!wait) return spec;
  const { waitsFor } = wait;
  if (wait.alone) return { customer: wait.customer ?? spec.customer, support: wait.support, waitsFor };
  const customer = wait.customer ? `${spec.customer} ${wait.customer}` : spec.customer;
  return { customer, support: `${spec.support} ${wait.support}`, waitsFor };
}

/** Whether nothing more is expected to happen in the state. */
export function isFinalState(kind: LifecycleName, status: string): boolean {
  return isFinal(LIFECYCLES[kind].lifecycle, status as never);
}

/** The workflow that drives a lifecycle: applications and wallets belong to the onboarding of their customer. */
export function lifecycleWorkflow(kind: LifecycleName, id: string, userId: string | null): string {
  if (kind === 'kyc' || kind === 'wallet') return workflowId('onboarding', userId ?? id);
  return workflowId(kind, id);
}
