/** Holds back for a moment what changes nothing by itself, so that a workflow hears it together with the next word. */
import type { WorkflowSignal } from '../../db/platform/inbound-event-queries.ts';
import { isOnItsWay } from '../../domain/funding/transfer-report.ts';

/** A signal, and what was held back for the same workflow, the oldest first. */
export interface GatheredSignal extends WorkflowSignal {
  readonly earlier?: readonly WorkflowSignal['message'][];
  /** A word on the way comes late where its deposit has ended meanwhile: it does not take it up again. */
  readonly reopens?: boolean;
}

export interface Gathering {
  /** Sends the signal with what was held back for its workflow, or holds it back itself. */
  tell(signal: WorkflowSignal): Promise<void>;
  /** Sends all that is held back: the process is about to end. */
  flush(): Promise<void>;
}

/**
 * Circle tells of a transfer into a wallet several times within moments, and each signal costs the engine a write and
 * often a task. Held back is only a word after which another one comes, for `holdMs` at the most (none: nothing is).
 * The events are stored: what a process that dies held back is sent by the next one, or by the sweep.
 */
export function gatherSignals(send: (signal: GatheredSignal) => Promise<void>, holdMs: number): Gathering {
  const held = new Map<string, { readonly signals: WorkflowSignal[]; readonly timer: NodeJS.Timeout }>();
  const take = (workflowId: string): WorkflowSignal[] => {
    const waiting = held.get(workflowId);
    clearTimeout(waiting?.timer);
    held.delete(workflowId);
    return waiting?.signals ?? [];
  };
  const release = (workflowId: string): Promise<void> => {
    const signals = take(workflowId);
    const last = signals.pop();
    return last ? send({ ...together(last, signals), reopens: false }) : Promise.resolve();
  };
  return {
    tell: async (signal) => {
      const { workflow_id: id, message } = signal;
      if (holdMs === 0 || !isOnItsWay(message)) return send(together(signal, take(id)));
      const waiting = held.get(id);
      if (waiting) waiting.signals.push(signal);
      else held.set(id, { signals: [signal], timer: setTimeout(() => void release(id), holdMs) });
    },
    flush: async () => void (await Promise.all([...held.keys()].map(release))),
  };
}

function together(signal: WorkflowSignal, earlier: readonly WorkflowSignal[]): GatheredSignal {
  return earlier.length === 0 ? signal : { ...signal, earlier: earlier.map(({ message }) => message) };
}
