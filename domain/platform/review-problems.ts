/** What the API can refuse about reviews; a part of the table in domain/problem.ts. */
import type { ProblemSpec } from '../problem.ts';

export const REVIEW_PROBLEMS = {
  decision_refused: {
    status: 409,
    title: 'The decision is not possible now',
    retry: 'corrected',
    customer: 'Something in this request was not right. Please check and try again.',
    meaning: 'The lifecycle does not wait for this decision; the detail says what it waits for.',
  },
  review_closed: {
    status: 409,
    title: 'The review is already decided',
    retry: 'never',
    customer: 'This was decided already.',
    meaning: 'A review is decided once.',
  },
  review_owned: {
    status: 409,
    title: 'The review has an owner',
    retry: 'never',
    customer: 'Somebody else takes care of this.',
    meaning: 'Somebody else owns this review. They can release it, and an administrator can assign it.',
  },
  second_person_required: {
    status: 409,
    title: 'Another person must confirm',
    retry: 'never',
    customer: 'Another person must confirm this.',
    meaning: 'Whoever asked for a decision cannot confirm it: a second member of staff has to.',
  },
} as const satisfies Record<string, ProblemSpec>;
