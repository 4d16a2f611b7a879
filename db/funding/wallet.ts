/** Circle wallets: one per customer and chain. */
import { sql } from 'drizzle-orm';
import { index, pgEnum, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { CHAINS } from '../../domain/funding/chain.ts';
import { walletLifecycle } from '../../domain/funding/wallet.ts';
import { statesOf } from '../../domain/lifecycle.ts';
import { enumValues } from '../columns.ts';
import { users } from '../platform/user.ts';

export const chainType = pgEnum('chain_type', enumValues(CHAINS));
export const walletStatus = pgEnum('wallet_status', enumValues(statesOf(walletLifecycle)));

export const wallets = pgTable(
  'wallets',
  {
    id: uuid('id').primaryKey().default(sql`gen_random_uuid()`),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    chain: chainType('chain').notNull(),
    /** Null until Circle has made the wallet. */
    address: text('address'),
    circleWalletId: text('circle_wallet_id').unique(),
    status: walletStatus('status').notNull().default('creating'),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [uniqueIndex('wallets_user_chain').on(t.userId, t.chain), index('wallets_address').on(t.address)],
);
