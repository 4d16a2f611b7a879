/** Calls that hang at a company: faults among those that a test has planted, one for each operation. */
import type { Moment } from './held-connections.ts';
import type { TestStack } from './stack.ts';

/** A call that nobody killed is cut after this long: sooner than its caller gives up. */
const HANGS_MS = 9_000;
/** Calls that are tried inside a workflow task, where their callers give them up after three seconds. */
const PROMPT_MS = 2_600;
const PROMPT: ReadonlySet<string> = new Set(['circle.createTransfer', 'alpaca.createJournal']);

interface StandingCall extends HeldCall {
  readonly at: 'company';
  /** How much longer its caller waits. */
  readonly leftMs: number;
}

/** An operation of a company, before it acts or before its answer is sent. */
interface HeldCall {
  readonly step: string;
  readonly moment: Moment;
}

interface HoldingFault {
  readonly id: string;
  readonly operation: string;
  readonly hits: number;
}

/** On the sandbox of a stack. */
export function heldCalls(stack: TestStack) {
  /** Faults that wait or were met, by their ids. */
  const ours = new Map<string, HeldCall & { takenAt?: number }>();
  const hold = async (calls: readonly HeldCall[]): Promise<void> => {
    const faults = calls.map(({ step, moment }) => ({
      ...{ company: step.split('.')[0], operation: step, kind: `timeout_${moment}` },
      ...{ delay_ms: HANGS_MS, count: 1 },
    }));
    const { data } = await stack.sandbox.control<{ data: HoldingFault[] }>('POST', '/control/faults', faults);
    for (const [index, { id }] of data.entries()) ours.set(id, { ...(calls[index] as HeldCall) });
  };
  const known = async (): Promise<HoldingFault[]> => {
    if (ours.size === 0) return [];
    const { data } = await stack.sandbox.control<{ data: HoldingFault[] }>('GET', '/control/faults');
    return data.filter(({ id }) => ours.has(id));
  };
  return {
    /** Whoever makes one of these calls next hangs. */
    hold,
    /** Calls whose callers still wait. The place of one that was given up is held for the next. */
    standing: async (): Promise<StandingCall[]> => {
      const found: StandingCall[] = [];
      for (const { id, hits } of await known()) {
        const held = ours.get(id);
        if (!held || hits === 0) continue;
        held.takenAt ??= Date.now();
        const { step, moment, takenAt } = held;
        const leftMs = takenAt + (PROMPT.has(step) ? PROMPT_MS : HANGS_MS) - Date.now();
        if (leftMs > 0) found.push({ at: 'company', step, moment, leftMs });
        else if (ours.delete(id)) await hold([{ step, moment }]);
      }
      return found;
    },
    /** Nothing more is caught; what hangs is cut in its time. */
    release: async () => {
      const ids = [...ours.keys()];
      ours.clear();
      // One that is used up may be gone already.
      const remove = (id: string) => stack.sandbox.control('DELETE', `/control/faults/${id}`);
      await Promise.allSettled(ids.map(remove));
    },
  };
}
