/** One row per effect at a provider: the answer to "did we pay?". */
import { sql } from 'drizzle-orm';
import { index, integer, pgEnum, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { OPERATION_STATES } from '../../domain/provider-operation.ts';
import { enumValues } from '../columns.ts';

export const operationState = pgEnum('operation_state', enumValues(OPERATION_STATES));

export const providerOperations = pgTable(
  'provider_operations',
  {
    id: uuid('id').primaryKey().default(sql`gen_random_uuid()`),
    lifecycle: text('lifecycle').notNull(),
    subjectId: uuid('subject_id').notNull(),
    /** The step of the lifecycle, with its number where a step can be tried anew: `off_ramp:1`. */
    step: text('step').notNull(),
    provider: text('provider').notNull(),
    idempotencyKey: uuid('idempotency_key').notNull().unique(),
    requestDigest: text('request_digest').notNull(),
    state: operationState('state').notNull().default('intended'),
    providerReference: text('provider_reference'),
    txHash: text('tx_hash'),
    attempts: integer('attempts').notNull().default(0),
    lastError: text('last_error'),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('provider_operations_step').on(t.subjectId, t.lifecycle, t.step),
    /** A reference is unique enough: led by the provider, it would serve for questions about a provider alone. */
    index('provider_operations_reference').on(t.providerReference),
    index('provider_operations_tx_hash').on(t.txHash),
    index('provider_operations_open')
      .on(t.updatedAt)
      .where(sql`${t.state} in ('intended', 'accepted', 'unknown')`),
  ],
);
