/** Wires: our own money on its way between our places. */
import {
  boolean,
  index,
  integer,
  numeric,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';
import { WIRE_KINDS, wireLifecycle } from '../../domain/funding/wire.ts';
import { statesOf } from '../../domain/lifecycle.ts';
import { enumValues } from '../columns.ts';
import { users } from '../platform/user.ts';
import { chainType } from './wallet.ts';

const time = (name: string) => timestamp(name, { withTimezone: true });

export const wireStatus = pgEnum('wire_status', enumValues(statesOf(wireLifecycle)));
export const wireKind = pgEnum('wire_kind', enumValues(WIRE_KINDS));

export const wires = pgTable(
  'wires',
  {
    /** Of an automatic wire: derived from the round and the route, so that a repeated round plans nothing twice. */
    id: uuid('id').primaryKey(),
    /** Always null: a wire belongs to no customer. */
    userId: uuid('user_id').references(() => users.id),
    kind: wireKind('kind').notNull(),
    /** Of the treasury wallet; null for bank wires. */
    chain: chainType('chain'),
    /** Dollars or USDC, whole cents. */
    amountUsd: numeric('amount_usd', { precision: 18, scale: 2 }).notNull(),
    /** Why it was wanted, with the figures. */
    reason: text('reason').notNull(),
    /** Who asked for it; null when the treasury did. */
    requestedBy: uuid('requested_by').references(() => users.id),
    /** How many people must approve it besides who asked; 0 when it goes by itself. */
    approvalsNeeded: integer('approvals_needed').notNull().default(0),
    approvalExpiresAt: time('approval_expires_at'),
    status: wireStatus('status').notNull().default('planned'),
    waitingFor: text('waiting_for'),
    failureReason: text('failure_reason'),
    attempt: integer('attempt').notNull().default(1),
    /** When it can be sent, where banks are closed, and when it is expected at the other end. */
    sendsAt: time('sends_at'),
    expectedAt: time('expected_at'),
    providerRef: text('provider_ref'),
    /** What the sending bank wrote on it, or the hash of its chain transaction. */
    trackingRef: text('tracking_ref'),
    /** The receiving company's id of what arrived: one arrival completes one wire. */
    arrivalRef: text('arrival_ref').unique(),
    arrivedUsd: numeric('arrived_usd', { precision: 18, scale: 2 }),
    initiatedAt: time('initiated_at'),
    sentAt: time('sent_at'),
    completedAt: time('completed_at'),
    /** When it failed, was canceled or was returned. */
    endedAt: time('ended_at'),
    createdAt: time('created_at').notNull().defaultNow(),
    updatedAt: time('updated_at').notNull().defaultNow(),
  },
  (t) => [
    index('wires_status').on(t.status),
    index('wires_created').on(t.createdAt, t.id),
    index('wires_provider_ref').on(t.providerRef),
  ],
);

/** Who approved or rejected a wire; each person once. */
export const wireApprovals = pgTable(
  'wire_approvals',
  {
    wireId: uuid('wire_id')
      .notNull()
      .references(() => wires.id),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    approved: boolean('approved').notNull(),
    note: text('note').notNull(),
    at: time('at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.wireId, t.userId] })],
);
