/** Withdrawals as our own people see them, and what they say about those that must be approved. */
import { z } from 'zod';
import {
  findWithdrawalForStaff,
  listWithdrawalsForStaff,
  type StaffWithdrawalRow,
} from '../../db/funding/withdrawal-queries.ts';
import { STAFF_ROLES } from '../../domain/platform/user.ts';
import { line, timestamp, uuid } from '../fields.ts';
import { page, pageOf, pageQuery, pageRequest } from '../pagination.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { refused } from './refused.ts';
import { presentWithdrawal, WITHDRAWAL_STATES, withdrawalSummary } from './withdrawal-fields.ts';

const staffWithdrawalSchema = z
  .strictObject({
    ...withdrawalSummary,
    user_id: z.uuid(),
    approvals: z.array(
      z.strictObject({
        staff_id: z.uuid(),
        decision: z.enum(['approve', 'reject']),
        note: z.string(),
        at: timestamp,
      }),
    ),
  })
  .meta({ id: 'AdminWithdrawal' });

function present(row: StaffWithdrawalRow): z.infer<typeof staffWithdrawalSchema> {
  return { ...presentWithdrawal(row), user_id: row.user_id, approvals: [...row.approvals] };
}

const getWithdrawals = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/withdrawals',
    operationId: 'listWithdrawalsForStaff',
    tag: 'admin',
    summary: 'Withdrawals',
    description: 'With `status=awaiting_approval`: the queue of those that must be approved.',
    access: STAFF_ROLES,
    query: z.strictObject({
      ...pageQuery,
      status: z.enum(WITHDRAWAL_STATES).optional(),
      user_id: uuid.optional(),
    }),
    responses: {
      200: {
        description: 'Newest first.',
        schema: page(staffWithdrawalSchema).meta({ id: 'AdminWithdrawalPage' }),
      },
    },
  },
  async ({ query }, deps) => {
    const filter = { status: query.status, userId: query.user_id };
    const rows = await listWithdrawalsForStaff(deps.database, pageRequest(query), filter);
    return { status: 200, body: pageOf(rows, query.limit, present) };
  },
);

const decideApproval = defineRoute(
  {
    method: 'POST',
    path: '/v1/admin/withdrawals/:withdrawal_id/approvals',
    operationId: 'decideWithdrawalApproval',
    tag: 'admin',
    summary: 'Approve or reject a withdrawal',
    description:
      'Two different members of staff approve, neither of them the customer; one is enough to reject, which gives ' +
      'the money back. Written to the audit log.',
    access: STAFF_ROLES,
    params: z.strictObject({ withdrawal_id: uuid }),
    body: z
      .strictObject({
        decision: z.enum(['approve', 'reject']),
        note: line(3, 1000).describe('Why. No personal data.'),
      })
      .meta({ id: 'WithdrawalApproval' }),
    responses: { 200: { description: 'The withdrawal as it is now.', schema: staffWithdrawalSchema } },
    problems: ['not_found', 'approval_refused', 'approval_not_open'],
  },
  async ({ params: { withdrawal_id }, body, caller, operationId }, deps) => {
    if (!(await findWithdrawalForStaff(deps.database, withdrawal_id))) throw new ProblemError('not_found');
    const refusal = await deps.withdrawals.approve({
      ...{ withdrawalId: withdrawal_id, staffId: caller.userId, operationId },
      decision: body.decision,
      note: body.note,
    });
    if (refusal) throw refused(refusal);
    const row = await findWithdrawalForStaff(deps.database, withdrawal_id);
    if (!row) throw new ProblemError('not_found');
    return { status: 200, body: present(row) };
  },
);

export const withdrawalApprovalRoutes = [getWithdrawals, decideApproval];
