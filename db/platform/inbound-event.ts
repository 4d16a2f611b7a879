/** Every event that a provider sent us, stored before it is acknowledged. */
import { sql } from 'drizzle-orm';
import { bigint, index, jsonb, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';

export const inboundEvents = pgTable(
  'inbound_events',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    provider: text('provider').notNull(),
    /** The provider's own event id: stable over its retries, so that a repeat is recognised. */
    providerEventId: text('provider_event_id').notNull(),
    kind: text('kind').notNull(),
    /** The provider's id of the thing that the event is about. */
    reference: text('reference'),
    txHash: text('tx_hash'),
    /** The body as the provider sent it. */
    payload: jsonb('payload').notNull(),
    /** The same in our words: what the workflow is told, now or when the event is drained later. */
    message: jsonb('message').notNull(),
    /** The workflow that must hear of it; null when nobody needs to. */
    workflowId: text('workflow_id'),
    receivedAt: timestamp('received_at', { withTimezone: true }).notNull().defaultNow(),
    /** Set by the workflow that used the event, or at once when nobody needs it. */
    processedAt: timestamp('processed_at', { withTimezone: true }),
  },
  (t) => [
    uniqueIndex('inbound_events_once').on(t.provider, t.providerEventId),
    index('inbound_events_reference').on(t.provider, t.reference),
    index('inbound_events_tx_hash').on(t.txHash),
    index('inbound_events_workflow').on(t.workflowId).where(sql`${t.workflowId} is not null`),
    /**
     * For the look-up alone, and so spelled as nobody else asks. Every event is open for a moment, and this index keeps
     * what has left it until the next vacuum; spelled `is null` it looked smaller than the primary key, and each step
     * read through everything that had come in lately.
     */
    index('inbound_events_open')
      .on(t.receivedAt)
      .where(sql`coalesce(${t.processedAt}, 'infinity') = 'infinity'`),
  ],
);

/** How far each event stream has been read. */
export const eventCursors = pgTable('event_cursors', {
  stream: text('stream').primaryKey(),
  cursor: text('cursor').notNull(),
  updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
});
