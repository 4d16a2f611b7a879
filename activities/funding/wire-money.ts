/** The database steps of a wire that move money through the books. */
import type { Database } from '../../db/client.ts';
import * as steps from '../../db/funding/wire-steps.ts';
import { wireSender } from '../../domain/funding/wire.ts';
import type { WireFacts } from '../../domain/funding/wire-facts.ts';
import * as postings from '../../domain/funding/wire-postings.ts';
import { parseUnits } from '../../domain/money.ts';
import { withFailures } from '../failure.ts';
import { NOW, orderOperation, type WireReview, type WireStep } from './wire.ts';

/** A step that posts money. */
interface MoneyStep extends WireStep {
  readonly facts: WireFacts;
}

function money({ kind, amount_usd, treasury_wallet_id }: WireFacts): postings.WireMoney {
  return { kind, units: parseUnits(amount_usd), treasuryWalletId: treasury_wallet_id };
}

/** Steps as activities; every error leaves through the one translator. */
export function createWireMoneyActivities({ database }: { readonly database: Database }) {
  return withFailures({
    /** The sender has taken the order: the money has left its place. */
    recordWireInitiated: ({
      facts,
      ...input
    }: MoneyStep & { readonly reference: string; readonly expected_at: string }) =>
      steps.wireEvent(database, input.wire_id, 'initiated', '1', {
        inbound: input.inbound,
        evidence: { provider: wireSender(facts.kind), reference: input.reference },
        patch: {
          provider_ref: input.reference,
          expected_at: input.expected_at,
          initiated_at: NOW,
          waiting_for: null,
        },
        postings: postings.wireInitiated(money(facts)),
        operations: [
          orderOperation(input.wire_id, facts.kind, facts.attempt, 'accepted', {
            reference: input.reference,
          }),
        ],
      }),

    /** The money is at the other end. */
    recordWireCompleted: ({
      facts,
      ...input
    }: MoneyStep & {
      readonly tracking_ref: string | null;
      readonly arrival_ref: string;
      readonly arrived_usd: string;
    }) =>
      steps.wireEvent(database, input.wire_id, 'completed', '1', {
        inbound: input.inbound,
        evidence: { arrival_ref: input.arrival_ref, arrived_usd: input.arrived_usd },
        patch: {
          ...(input.tracking_ref !== null && { tracking_ref: input.tracking_ref }),
          arrival_ref: input.arrival_ref,
          arrived_usd: input.arrived_usd,
          completed_at: NOW,
          waiting_for: null,
        },
        postings: postings.wireCompleted(money(facts), parseUnits(input.arrived_usd)),
        operations: [orderOperation(input.wire_id, facts.kind, facts.attempt, 'succeeded')],
      }),

    /** The order came to nothing before the money had left. */
    recordWireFailed: ({ facts, ...input }: MoneyStep & { readonly reason: string }) =>
      steps.wireEvent(database, input.wire_id, 'failed', '1', {
        inbound: input.inbound,
        evidence: { reason: input.reason },
        patch: { failure_reason: input.reason, ended_at: NOW, waiting_for: null },
        postings: postings.wireTakenBack(money(facts)),
        operations: [
          orderOperation(input.wire_id, facts.kind, facts.attempt, 'failed', { error: input.reason }),
        ],
      }),

    /** The bank sent the money back, on the way or after it had arrived. */
    recordWireReturned: ({
      facts,
      ...input
    }: MoneyStep & { readonly reason: string; readonly review: WireReview }) =>
      steps.wireEvent(database, input.wire_id, 'returned', '1', {
        inbound: input.inbound,
        evidence: { reason: input.reason },
        patch: { failure_reason: input.reason, ended_at: NOW, waiting_for: null },
        postings:
          facts.status === 'complete'
            ? postings.wireReturnedLate(money(facts))
            : postings.wireTakenBack(money(facts)),
        operations: [
          orderOperation(input.wire_id, facts.kind, facts.attempt, 'failed', { error: input.reason }),
        ],
        review: input.review,
      }),
  });
}

export type WireMoneyActivities = ReturnType<typeof createWireMoneyActivities>;
