/** The database steps of a wire: each reports one thing that happened and answers the facts for the next. */
import type { Database } from '../../db/client.ts';
import * as steps from '../../db/funding/wire-steps.ts';
import type { OperationEntry } from '../../db/transition.ts';
import { wireSender } from '../../domain/funding/wire.ts';
import type { OpenedWire, WireFacts, WireWait } from '../../domain/funding/wire-facts.ts';
import { withFailures } from '../failure.ts';
import { idempotencyKey } from '../idempotency-key.ts';

/** What every step says: which wire, and which inbound events it used up. */
export interface WireStep {
  readonly wire_id: string;
  readonly inbound: readonly string[];
}

/** What a person is asked to decide. */
export interface WireReview {
  readonly reason: string;
  readonly detail: string;
  readonly due_seconds: number;
}

/** What changes a wire without moving it. */
interface WireNote extends WireStep {
  readonly waiting_for?: WireWait | null;
  readonly sends_at?: string;
  readonly expected_at?: string;
  /** The next order goes under this number. */
  readonly attempt?: number;
  readonly failed_operation?: { readonly attempt: number; readonly error: string };
  readonly review?: WireReview;
}

/** The name of the order's step; one that was refused is tried anew under the next number. */
export const orderStep = (attempt: number): string => `order:${attempt}`;

/** Times are the database's own: `now` is filled in by Postgres when the row is patched. */
export const NOW = 'now';

/** The row of `provider_operations` for an order. */
export function orderOperation(
  wireId: string,
  kind: WireFacts['kind'],
  attempt: number,
  state: OperationEntry['state'],
  more: Partial<OperationEntry> = {},
): OperationEntry {
  const step = orderStep(attempt);
  return { step, provider: wireSender(kind), key: idempotencyKey(wireId, step), state, ...more };
}

/** Steps as activities; every error leaves through the one translator. */
export function createWireActivities({ database }: { readonly database: Database }) {
  return withFailures({
    /** Reads a wire, and writes why its state lasts, a review, or nothing. */
    noteWire: async (input: WireNote): Promise<OpenedWire> => {
      const { wire_id, inbound, review, failed_operation: failed, attempt, ...patch } = input;
      const found = attempt === undefined ? null : await steps.wireNote(database, wire_id, {});
      return steps.wireNote(database, wire_id, {
        inbound,
        patch: { ...patch, ...(attempt !== undefined && { attempt }) },
        operations:
          found && attempt !== undefined
            ? [
                ...(failed
                  ? [orderOperation(wire_id, found.kind, failed.attempt, 'failed', { error: failed.error })]
                  : []),
                orderOperation(wire_id, found.kind, attempt, 'intended'),
              ]
            : [],
        ...(review && { review }),
      });
    },

    /** The money has left the sending company. */
    recordWireSent: (input: WireStep & { readonly tracking_ref: string | null }) =>
      steps.wireEvent(database, input.wire_id, 'sent', '1', {
        inbound: input.inbound,
        evidence: { tracking_ref: input.tracking_ref },
        patch: { tracking_ref: input.tracking_ref, sent_at: NOW, waiting_for: null },
      }),

    /** Nothing was sent, and nothing will be. */
    recordWireCanceled: (
      input: WireStep & {
        readonly event: 'canceled' | 'rejected' | 'approval_expired';
        readonly reason: string;
      },
    ) =>
      steps.wireEvent(database, input.wire_id, input.event, '1', {
        inbound: input.inbound,
        evidence: { reason: input.reason },
        patch: { failure_reason: input.reason, ended_at: NOW, waiting_for: null },
      }),

    /** One person approves or rejects. */
    recordWireVote: (input: {
      readonly wire_id: string;
      readonly user_id: string;
      readonly approve: boolean;
      readonly note: string;
      readonly request_id: string;
    }) => {
      const { wire_id, ...vote } = input;
      return steps.decideWire(database, wire_id, vote);
    },
  });
}

export type WireActivities = ReturnType<typeof createWireActivities>;
