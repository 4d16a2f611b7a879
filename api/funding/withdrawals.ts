/** Withdrawals: lists, one with its timeline, its events as they happen, and the wish to cancel it. */
import { z } from 'zod';
import { findWithdrawal, followWithdrawal, listWithdrawals } from '../../db/funding/withdrawal-queries.ts';
import { CHAINS } from '../../domain/funding/chain.ts';
import { withdrawalLifecycle } from '../../domain/funding/withdrawal.ts';
import { isFinal } from '../../domain/lifecycle.ts';
import { ROLES } from '../../domain/platform/user.ts';
import type { ApiDeps } from '../deps.ts';
import { streamEvents } from '../event-stream.ts';
import { uuid } from '../fields.ts';
import { page, pageOf, pageQuery, pageRequest } from '../pagination.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { refused } from './refused.ts';
import {
  presentWithdrawal,
  presentWithdrawalEvent,
  WITHDRAWAL_STATES,
  withdrawalEventSchema,
  withdrawalSummary,
} from './withdrawal-fields.ts';

const withdrawalSchema = z.strictObject(withdrawalSummary).meta({ id: 'Withdrawal' });
export const withdrawalDetailSchema = z
  .strictObject({ ...withdrawalSummary, timeline: z.array(withdrawalEventSchema) })
  .meta({ id: 'WithdrawalDetail' });

/**
 * One withdrawal of a user as answers show it.
 * @throws {ProblemError} not_found.
 */
export async function readWithdrawal(
  deps: ApiDeps,
  userId: string,
  id: string,
): Promise<z.infer<typeof withdrawalDetailSchema>> {
  const row = await findWithdrawal(deps.database, userId, id);
  if (!row) throw new ProblemError('not_found');
  return { ...presentWithdrawal(row), timeline: row.timeline.map(presentWithdrawalEvent) };
}

const getWithdrawals = defineRoute(
  {
    method: 'GET',
    path: '/v1/withdrawals',
    operationId: 'listWithdrawals',
    tag: 'withdrawals',
    summary: 'My withdrawals',
    access: ROLES,
    query: z.strictObject({
      ...pageQuery,
      status: z.enum(WITHDRAWAL_STATES).optional().describe('Only withdrawals in this state.'),
      chain: z.enum(CHAINS).optional().describe('Only withdrawals on this chain.'),
    }),
    responses: {
      200: { description: 'Newest first.', schema: page(withdrawalSchema).meta({ id: 'WithdrawalPage' }) },
    },
  },
  async ({ query, caller }, deps) => {
    const rows = await listWithdrawals(deps.database, caller.userId, pageRequest(query), query);
    return { status: 200, body: pageOf(rows, query.limit, presentWithdrawal) };
  },
);

const params = z.strictObject({ withdrawal_id: uuid });

const getWithdrawal = defineRoute(
  {
    method: 'GET',
    path: '/v1/withdrawals/:withdrawal_id',
    operationId: 'getWithdrawal',
    tag: 'withdrawals',
    summary: 'One withdrawal with its timeline',
    access: ROLES,
    params,
    responses: { 200: { description: 'The withdrawal.', schema: withdrawalDetailSchema } },
    problems: ['not_found'],
  },
  async ({ params: { withdrawal_id }, caller }, deps) => {
    return { status: 200, body: await readWithdrawal(deps, caller.userId, withdrawal_id) };
  },
);

const cancelWithdrawal = defineRoute(
  {
    method: 'POST',
    path: '/v1/withdrawals/:withdrawal_id/cancel',
    operationId: 'cancelWithdrawal',
    tag: 'withdrawals',
    summary: 'Cancel a withdrawal',
    description:
      'Possible until a company has been asked to move the money, and while it waits for us. The answer is the ' +
      'withdrawal: canceled, or on its way back to the balance.',
    access: ['user'],
    params,
    responses: { 200: { description: 'The withdrawal as it is now.', schema: withdrawalDetailSchema } },
    problems: ['not_found', 'withdrawal_under_way', 'withdrawal_over'],
  },
  async ({ params: { withdrawal_id }, caller, operationId }, deps) => {
    const { userId } = caller;
    const refusal = await deps.withdrawals.cancel({ userId, withdrawalId: withdrawal_id, operationId });
    if (refusal) throw refused(refusal);
    return { status: 200, body: await readWithdrawal(deps, userId, withdrawal_id) };
  },
);

const streamWithdrawal = defineRoute(
  {
    method: 'GET',
    path: '/v1/withdrawals/:withdrawal_id/events',
    operationId: 'streamWithdrawalEvents',
    tag: 'withdrawals',
    summary: 'A withdrawal as it happens',
    description:
      'Server-sent events named `withdrawal`, each a WithdrawalEvent with its id. Reconnect with Last-Event-ID to go ' +
      'on where the stream broke. After the final event the stream ends; asked again with that id, the answer is 204.',
    access: ROLES,
    params,
    responses: {
      200: { description: 'An event stream.', contentType: 'text/event-stream' },
      204: { description: 'The withdrawal is final and every event was delivered.' },
    },
    problems: ['not_found'],
  },
  async ({ params: { withdrawal_id }, caller, request, response }, deps) =>
    streamEvents(
      request,
      response,
      { name: 'withdrawal', userId: caller.userId, stopping: deps.stopping },
      async (afterId) => {
        const found = await followWithdrawal(deps.database, caller.userId, withdrawal_id, afterId);
        if (!found) throw new ProblemError('not_found');
        const events = found.timeline.map((row) => ({ id: row.id, data: presentWithdrawalEvent(row) }));
        return { events, ended: isFinal(withdrawalLifecycle, found.status) };
      },
    ),
);

export const withdrawalRoutes = [getWithdrawals, getWithdrawal, cancelWithdrawal, streamWithdrawal];
