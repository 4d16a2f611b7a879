/** Wires between our own places: the treasury starts them by itself, the campaign waits for them. */
import type { Entry } from '../entry.ts';

export const wireEntry: Entry = {
  lifecycle: 'wire',
  share: 0,
  prepare: async () => undefined,
  start: async () => 0,
  // The bank works on business days only: a wire that waits for one has its reason.
  settledWhen: `t.waiting_for in ('bank_hours', 'bank_link')`,
  invariants: [],
};
