/** A workflow that only answers: what the engine itself needs for the first answer of a write. */
import { condition, defineUpdate, setHandler } from '@temporalio/workflow';

export interface BareInput {
  /** Whether it ends only after it was asked. */
  readonly isAsked: boolean;
}

export const ask = defineUpdate<{ accepted: boolean }, [{ operation_id: string }]>('ask');

/** Answers yes and ends. */
export async function bare({ isAsked }: BareInput): Promise<void> {
  let asked = false;
  setHandler(ask, () => {
    asked = true;
    return { accepted: true };
  });
  if (isAsked) await condition(() => asked);
}
