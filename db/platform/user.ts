/** Users: who may sign in, what they may do, and where their application at the broker stands. */
import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgEnum, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { kycLifecycle } from '../../domain/funding/kyc.ts';
import { statesOf } from '../../domain/lifecycle.ts';
import { ROLES, USER_STATUSES } from '../../domain/platform/user.ts';
import { enumValues } from '../columns.ts';

export const kycStatus = pgEnum('kyc_status', enumValues(statesOf(kycLifecycle)));
export const userRole = pgEnum('user_role', enumValues(ROLES));
export const userStatus = pgEnum('user_status', enumValues(USER_STATUSES));

export const users = pgTable(
  'users',
  {
    id: uuid('id').primaryKey().default(sql`gen_random_uuid()`),
    /** `sub` of the outside identity provider, or `phone:<user id>` for our own phone sign-in. */
    authProviderId: text('auth_provider_id').notNull().unique(),
    email: text('email').unique(),
    phoneNumber: text('phone_number').unique(),
    fullName: text('full_name'),
    role: userRole('role').notNull().default('user'),
    status: userStatus('status').notNull().default('active'),
    kycStatus: kycStatus('kyc_status').notNull().default('not_started'),
    /** What Alpaca said about the application, as it said it. */
    kycResults: jsonb('kyc_results'),
    alpacaAccountId: text('alpaca_account_id').unique(),
    passcodeHash: text('passcode_hash'),
    passcodeFailures: integer('passcode_failures').notNull().default(0),
    passcodeLockedUntil: timestamp('passcode_locked_until', { withTimezone: true }),
    preferences: jsonb('preferences').notNull().default({}),
    lastLogin: timestamp('last_login', { withTimezone: true }),
    /** Set when the personal fields were erased; the row and its money history stay. */
    erasedAt: timestamp('erased_at', { withTimezone: true }),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [index('users_created').on(t.createdAt, t.id)],
);
