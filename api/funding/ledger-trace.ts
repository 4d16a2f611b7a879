/** Which chain transactions fed a movement of money, and where money went. */
import { z } from 'zod';
import { customerPostings, moneyEvidence, ownerOfMoney } from '../../db/funding/ledger-trace-queries.ts';
import { type AccountKindName, CHART } from '../../domain/funding/ledger.ts';
import { type Movement, type TraceStep, traceMoney } from '../../domain/funding/ledger-trace.ts';
import {
  answerTrace,
  type TracePlace,
  type TraceQuestion,
} from '../../domain/funding/ledger-trace-answer.ts';
import { formatUnits } from '../../domain/money.ts';
import { STAFF_ROLES } from '../../domain/platform/user.ts';
import { uuid } from '../fields.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';

const ACCOUNTS = Object.keys(CHART) as AccountKindName[];
const amount = z
  .string()
  .regex(/^\d+\.\d{2,6}$/)
  .describe('Decimal string; a USDC and a dollar count alike.');

const step = z
  .strictObject({
    transaction_id: z.string().describe('Id in the ledger.'),
    lifecycle: z.string(),
    subject_id: z.uuid().nullable(),
    event: z.string(),
    at: z.string(),
  })
  .meta({ id: 'LedgerStep' });

const traceSchema = z
  .strictObject({
    user_id: z.uuid(),
    sources: z
      .array(z.strictObject({ amount, origin: step.describe('How it came to us.') }))
      .describe('What fed it, oldest first.'),
    places: z
      .array(
        z.strictObject({
          amount,
          account: z.enum(ACCOUNTS).nullable().describe('Null: it left us.'),
          moved: step.describe('How it came there.'),
          origin: step,
        }),
      )
      .describe('Where it is now.'),
    movements: z.array(
      z.strictObject({
        amount,
        from: z.enum(ACCOUNTS).nullable().describe('Null: from outside.'),
        to: z.enum(ACCOUNTS).nullable().describe('Null: it left us.'),
        moved: step,
        origin: step,
      }),
    ),
    evidence: z
      .array(
        z.strictObject({
          lifecycle: z.enum(['deposit', 'withdrawal']),
          id: z.uuid(),
          status: z.string(),
          chain: z.string(),
          tx_hash: z.string().nullable(),
          references: z.record(z.string(), z.string()),
        }),
      )
      .describe(
        'The chain transactions and the ids at the companies of every lifecycle that is named above.',
      ),
  })
  .meta({ id: 'LedgerTrace' });

const QUESTIONS = ['deposit_id', 'withdrawal_id', 'user_id', 'transaction_id'] as const;

const traceQuery = z
  .strictObject({
    deposit_id: uuid.optional(),
    withdrawal_id: uuid.optional(),
    user_id: uuid.optional().describe('Everything that the customer has.'),
    transaction_id: z
      .string()
      .regex(/^\d{1,18}$/, { error: 'is not the id of a ledger transaction' })
      .optional(),
  })
  .refine((query) => QUESTIONS.filter((name) => query[name] !== undefined).length === 1, {
    error: `give exactly one of ${QUESTIONS.join(', ')}`,
  });

function questionOf(query: z.infer<typeof traceQuery>): TraceQuestion {
  if (query.transaction_id !== undefined) return { of: 'transaction', id: query.transaction_id };
  if (query.user_id !== undefined) return { of: 'user' };
  return query.deposit_id === undefined
    ? { of: 'lifecycle', lifecycle: 'withdrawal', id: query.withdrawal_id ?? '' }
    : { of: 'lifecycle', lifecycle: 'deposit', id: query.deposit_id };
}

function presentPlace({ units, account, moved, origin }: TracePlace) {
  return { amount: formatUnits(units), account: account ?? null, moved, origin };
}

function presentMovement({ units, from, to, moved, origin }: Movement) {
  return { amount: formatUnits(units), from: from ?? null, to: to ?? null, moved, origin };
}

/** Every lifecycle that a step names, once. */
function subjectsOf(steps: readonly TraceStep[]): string[] {
  return [...new Set(steps.flatMap(({ subject_id }) => subject_id ?? []))];
}

const getLedgerTrace = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/ledger/trace',
    operationId: 'getLedgerTrace',
    tag: 'admin',
    summary: 'Where money came from and where it went',
    description: "First in, first out within the customer's accounts; docs/ledger-proofs.md defines it.",
    access: STAFF_ROLES,
    query: traceQuery,
    responses: { 200: { description: 'The trace.', schema: traceSchema } },
    problems: ['not_found'],
  },
  async ({ query }, { database }) => {
    const question = questionOf(query);
    const asked =
      question.of === 'transaction'
        ? { transactionId: question.id }
        : question.of === 'user'
          ? { lifecycle: 'user', id: query.user_id ?? '' }
          : question;
    const userId = await ownerOfMoney(database, asked);
    if (userId === undefined) throw new ProblemError('not_found');
    const { sources, places, movements } = answerTrace(
      traceMoney(await customerPostings(database, userId)),
      question,
    );
    const steps = [...sources, ...places, ...movements].flatMap((one) =>
      'moved' in one ? [one.origin, one.moved as TraceStep] : [one.origin],
    );
    return {
      status: 200,
      body: {
        user_id: userId,
        sources: sources.map(({ units, origin }) => ({ amount: formatUnits(units), origin })),
        places: places.map(presentPlace),
        movements: movements.map(presentMovement),
        evidence: await moneyEvidence(database, subjectsOf(steps)),
      },
    };
  },
);

export const ledgerTraceRoutes = [getLedgerTrace];
