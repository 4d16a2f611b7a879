/** The signed-in user. */
import { z } from 'zod';
import { findUser, type UserRow, updateProfile } from '../../db/platform/user-queries.ts';
import { kycLifecycle } from '../../domain/funding/kyc.ts';
import { statesOf } from '../../domain/lifecycle.ts';
import { ROLES, USER_STATUSES } from '../../domain/platform/user.ts';
import { email, isoTime, isoTimeOrNull, line, timestamp } from '../fields.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';

export const userSchema = z
  .strictObject({
    id: z.uuid(),
    phone_number: z.string().nullable(),
    email: z.string().nullable(),
    full_name: z.string().nullable(),
    role: z.enum(ROLES),
    status: z.enum(USER_STATUSES).describe('A suspended user reads and moves nothing.'),
    kyc_status: z.enum(statesOf(kycLifecycle)),
    has_passcode: z.boolean(),
    last_login: timestamp.nullable(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'User' });

/** A user as the API shows it. */
export function presentUser(row: UserRow): z.infer<typeof userSchema> {
  return {
    id: row.id,
    phone_number: row.phone_number,
    email: row.email,
    full_name: row.full_name,
    role: row.role,
    status: row.status,
    kyc_status: row.kyc_status,
    has_passcode: row.has_passcode,
    last_login: isoTimeOrNull(row.last_login),
    created_at: isoTime(row.created_at),
    updated_at: isoTime(row.updated_at),
  };
}

/** The user of a token whose row is gone has nothing to read. */
export function missingUser(): ProblemError {
  return new ProblemError('token_invalid', 'The user of this token does not exist.');
}

const getMe = defineRoute(
  {
    method: 'GET',
    path: '/v1/me',
    operationId: 'getMe',
    tag: 'me',
    summary: 'Who am I?',
    access: ROLES,
    responses: { 200: { description: 'The signed-in user.', schema: userSchema } },
  },
  async ({ caller }, deps) => {
    const row = await findUser(deps.database, caller.userId);
    if (!row) throw missingUser();
    return { status: 200, body: presentUser(row) };
  },
);

const changeMe = defineRoute(
  {
    method: 'PATCH',
    path: '/v1/me',
    operationId: 'updateMe',
    tag: 'me',
    summary: 'Change e-mail address or name',
    description: 'Fields that are left out stay as they are; null clears a field.',
    access: ROLES,
    body: z
      .strictObject({ email: email.nullable().optional(), full_name: line(1, 100).nullable().optional() })
      .refine((body) => Object.keys(body).length > 0, { error: 'at least one field must be given' })
      .meta({ id: 'UserChange' }),
    responses: { 200: { description: 'The changed user.', schema: userSchema } },
    problems: ['email_taken'],
  },
  async ({ body, caller }, deps) => {
    const row = await updateProfile(deps.database, caller.userId, body).catch((cause: { code?: string }) => {
      throw cause.code === '23505' ? new ProblemError('email_taken', undefined, { cause }) : cause;
    });
    if (!row) throw missingUser();
    return { status: 200, body: presentUser(row) };
  },
);

export const meRoutes = [getMe, changeMe];
