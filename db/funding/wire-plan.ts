/** A wire as it is planned: by a round of the treasury, or by a person. */
import { expectedArrival } from '../../domain/funding/bank-calendar.ts';
import { bankHoursOf, type TreasuryPolicy, transferHoursOf } from '../../domain/funding/treasury-policy.ts';
import { isBankWire, type WireKind, wireSender } from '../../domain/funding/wire.ts';
import { derivedId } from '../derived-id.ts';
import type { NewWire } from './wire-steps.ts';

/** What somebody wants. */
export interface WireWish {
  readonly id: string;
  readonly kind: WireKind;
  readonly chain: string | null;
  readonly amount_usd: string;
  readonly reason: string;
  readonly approvals_needed: number;
  readonly requested_by?: string;
}

/** The key of a step at a provider: of a wire's id and the step alone, never of an attempt. */
function wireKey(wireId: string, step: string): string {
  return derivedId(`sluice:${wireId}:${step}`);
}

/** The row to insert, with its intent and with the review that asks for approval. */
export function newWire(wish: WireWish, policy: TreasuryPolicy, now: Date): NewWire {
  const hours = isBankWire(wish.kind) ? bankHoursOf(policy) : transferHoursOf(policy);
  const step = 'order:1';
  return {
    ...wish,
    expires_seconds: policy.approvalExpiresAfterSeconds,
    expected_at: expectedArrival(now, hours).toISOString(),
    operations: [{ step, provider: wireSender(wish.kind), key: wireKey(wish.id, step), state: 'intended' }],
    review: {
      reason: 'wire_approval',
      detail: `${wish.amount_usd} USD, ${wish.kind.replaceAll('_', ' ')}, need approval. ${wish.reason}`,
      due_seconds: policy.reviewDueSeconds,
    },
  };
}
