/** The address book: where customers withdraw to. */

import { sql } from 'drizzle-orm';
import { index, integer, pgEnum, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { addressLifecycle } from '../../domain/funding/address.ts';
import { statesOf } from '../../domain/lifecycle.ts';
import { enumValues } from '../columns.ts';
import { users } from '../platform/user.ts';
import { chainType } from './wallet.ts';

const time = (name: string) => timestamp(name, { withTimezone: true });

export const addressStatus = pgEnum('address_status', enumValues(statesOf(addressLifecycle)));

export const withdrawalAddresses = pgTable(
  'withdrawal_addresses',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    chain: chainType('chain').notNull(),
    /** As it is shown and sent. */
    address: text('address').notNull(),
    /** As it is compared; see domain/funding/address-rules.ts. */
    addressKey: text('address_key').notNull(),
    label: text('label').notNull(),
    /** `off_curve`: a Solana address that no key signs for. */
    note: text('note'),
    status: addressStatus('status').notNull().default('cooling_down'),
    /** Withdrawals are possible from then on, unless it is blocked. */
    usableAt: time('usable_at').notNull(),
    /** When Circle said that it takes the address. */
    checkedAt: time('checked_at'),
    /** `circle`, or `sanctions:<list>`; for our own people. */
    blockedReason: text('blocked_reason'),
    /** How often it was screened again after a decision: names the repeated events. */
    revision: integer('revision').notNull().default(1),
    activatedAt: time('activated_at'),
    removedAt: time('removed_at'),
    createdAt: time('created_at').notNull().defaultNow(),
    updatedAt: time('updated_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('withdrawal_addresses_once')
      .on(t.userId, t.chain, t.addressKey)
      .where(sql`status <> 'removed'`),
    index('withdrawal_addresses_user').on(t.userId, t.createdAt),
    index('withdrawal_addresses_key').on(t.addressKey),
    /** Few rest at a time: the sweep looks at them. */
    index('withdrawal_addresses_resting').on(t.createdAt).where(sql`${t.status} = 'cooling_down'`),
  ],
);
