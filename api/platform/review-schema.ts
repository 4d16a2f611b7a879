/** How a review looks in answers: its clock, its owner, what it asks, and what can be decided. */
import { z } from 'zod';
import type { ReviewRow } from '../../db/platform/review-queries.ts';
import { REVIEW_DECISIONS, type ReviewDecisionName } from '../../domain/platform/review.ts';
import { reviewRule } from '../../domain/platform/review-rules.ts';
import { isoTime, isoTimeOrNull, line, timestamp } from '../fields.ts';

const EVIDENCE_FIELDS = 10;

/** What a decision rests on, as the person who decides writes it. */
export const evidenceSchema = z
  .record(z.string().regex(/^[a-z][a-z_]{0,39}$/, { error: 'is not a name like journal_id' }), line(1, 500))
  .refine((fields) => Object.keys(fields).length <= EVIDENCE_FIELDS, {
    error: `has more than ${EVIDENCE_FIELDS} fields`,
  })
  .describe('What the decision rests on: field to text. `evidence_needed` of the review names the fields.');

const decisionName = z.enum(REVIEW_DECISIONS);

export const reviewSchema = z
  .strictObject({
    id: z.uuid(),
    lifecycle: z.string(),
    subject_id: z.uuid(),
    user_id: z.uuid().nullable(),
    reason: z.string(),
    detail: z.string().describe('What happened.'),
    asks: z.string().describe('What the person who takes this review has to do.'),
    decisions: z.array(decisionName).describe('What can be decided about this reason.'),
    evidence_needed: z
      .record(z.string(), z.record(z.string(), z.string()))
      .describe('Decision to the evidence that it needs: field to what stands there.'),
    evidence: z.unknown(),
    opened_at: timestamp,
    age_seconds: z.int(),
    due_at: timestamp,
    overdue: z.boolean(),
    level: z
      .int()
      .describe('1: the queue. 2: overdue, all of support was told. 3: the administrators were told.'),
    owner_id: z.uuid().nullable(),
    claimed_at: timestamp.nullable(),
    request: z
      .strictObject({
        decision: z.string(),
        by: z.uuid(),
        at: timestamp,
        note: z.string(),
        evidence: z.unknown(),
      })
      .nullable()
      .describe('A decision that one person asked for and another one has to confirm.'),
    decision: z.string().nullable(),
    decided_by: z.uuid().nullable(),
    decided_at: timestamp.nullable(),
    decision_note: z.string().nullable(),
    decision_evidence: z.unknown(),
  })
  .meta({ id: 'Review' });

/** A review as answers show it. */
export function presentReview(row: ReviewRow): z.infer<typeof reviewSchema> {
  const {
    cursor_at: _place,
    proposed_decision,
    proposed_by,
    proposed_at,
    proposed_note,
    proposed_evidence,
    ...rest
  } = row;
  const { asks, decisions, evidence } = reviewRule(row.lifecycle, row.reason);
  const isAsked = proposed_decision !== null && proposed_by !== null && proposed_at !== null;
  return {
    ...rest,
    asks,
    decisions: [...decisions] as ReviewDecisionName[],
    evidence_needed: { ...evidence } as Record<string, Record<string, string>>,
    opened_at: isoTime(row.opened_at),
    due_at: isoTime(row.due_at),
    claimed_at: isoTimeOrNull(row.claimed_at),
    decided_at: isoTimeOrNull(row.decided_at),
    request: isAsked
      ? {
          decision: proposed_decision,
          by: proposed_by,
          at: isoTime(proposed_at),
          note: proposed_note ?? '',
          evidence: proposed_evidence,
        }
      : null,
  };
}
