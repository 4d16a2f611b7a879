/** Users, as our own people see them. */
import { z } from 'zod';
import { findUser, listUsers, setUserStatus, type UserRow } from '../../db/platform/user-queries.ts';
import { kycLifecycle } from '../../domain/funding/kyc.ts';
import { statesOf } from '../../domain/lifecycle.ts';
import { STAFF_ROLES, USER_STATUSES } from '../../domain/platform/user.ts';
import { line, uuid } from '../fields.ts';
import { page, pageOf, pageQuery, pageRequest } from '../pagination.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { presentUser, userSchema } from './me.ts';

const adminUserSchema = userSchema
  .extend({
    alpaca_account_id: z.string().nullable(),
    kyc_results: z.unknown().describe('What Alpaca said about the application, as it said it.'),
  })
  .meta({ id: 'AdminUser' });

function present(row: UserRow): z.infer<typeof adminUserSchema> {
  return { ...presentUser(row), alpaca_account_id: row.alpaca_account_id, kyc_results: row.kyc_results };
}

const getUsers = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/users',
    operationId: 'listUsers',
    tag: 'admin',
    summary: 'Users',
    access: STAFF_ROLES,
    query: z.strictObject({
      ...pageQuery,
      status: z.enum(USER_STATUSES).optional(),
      kyc_status: z.enum(statesOf(kycLifecycle)).optional(),
      search: line(3, 254).optional().describe('A whole e-mail address, phone number or Alpaca account id.'),
    }),
    responses: {
      200: { description: 'Newest first.', schema: page(adminUserSchema).meta({ id: 'AdminUserPage' }) },
    },
  },
  async ({ query }, deps) => {
    const filter = { status: query.status, kycStatus: query.kyc_status, search: query.search };
    const rows = await listUsers(deps.database, pageRequest(query), filter);
    return { status: 200, body: pageOf(rows, query.limit, present) };
  },
);

const params = z.strictObject({ user_id: uuid });

const getUser = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/users/:user_id',
    operationId: 'getUser',
    tag: 'admin',
    summary: 'One user',
    access: STAFF_ROLES,
    params,
    responses: { 200: { description: 'The user.', schema: adminUserSchema } },
    problems: ['not_found'],
  },
  async ({ params: { user_id } }, deps) => {
    const row = await findUser(deps.database, user_id);
    if (!row) throw new ProblemError('not_found');
    return { status: 200, body: present(row) };
  },
);

const body = z
  .strictObject({ reason: line(3, 500).describe('Why; kept in the audit log. No personal data.') })
  .meta({ id: 'StatusChange' });

function statusRoute(verb: 'suspend' | 'activate') {
  const status = verb === 'suspend' ? 'suspended' : 'active';
  return defineRoute(
    {
      method: 'POST',
      path: `/v1/admin/users/:user_id/${verb}`,
      operationId: `${verb}User`,
      tag: 'admin',
      summary: verb === 'suspend' ? 'Suspend a user' : 'Activate a user',
      description:
        'A suspended user reads and moves nothing, and what is under way holds before its next step until they are ' +
        'active again. The change is written to the audit log.',
      access: ['admin'],
      params,
      body,
      responses: { 200: { description: 'The user as it is now.', schema: adminUserSchema } },
      problems: ['not_found'],
    },
    async (input, deps) => {
      const row = await setUserStatus(deps.database, {
        id: input.params.user_id,
        status,
        reason: input.body.reason,
        actorId: input.caller.userId,
        actorRole: input.caller.role,
        requestId: input.requestId,
      });
      if (!row) throw new ProblemError('not_found');
      // What a suspension held goes on.
      if (status === 'active') await deps.controls.released(input.operationId);
      return { status: 200, body: present(row) };
    },
  );
}

export const userRoutes = [getUsers, getUser, statusRoute('suspend'), statusRoute('activate')];
