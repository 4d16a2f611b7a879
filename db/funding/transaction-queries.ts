/** Reads of a customer's movements in the ledger. */
import type { AccountKindName } from '../../domain/funding/ledger.ts';
import type { Asset } from '../../domain/money.ts';
import type { Database } from '../client.ts';
import type { PageRequest } from '../page.ts';

export interface TransactionRow {
  readonly id: string;
  readonly account: AccountKindName;
  readonly asset: Asset;
  /** Smallest units; positive when what the customer has grows. */
  readonly amount: string;
  readonly lifecycle: string;
  readonly subject_id: string | null;
  readonly event: string;
  readonly at: Date;
  readonly cursor_at: string;
}

/**
 * Postings on the accounts of a customer and of their wallets, newest first. Each account gives its own newest ones:
 * asked for in one, the database reads everybody's postings until it has met enough of this customer's.
 */
export function listTransactions(
  database: Database,
  userId: string,
  page: PageRequest,
): Promise<TransactionRow[]> {
  return database.prepared<TransactionRow>(
    'transaction-list',
    `select p.id::text, a.kind as account, p.asset,
       (case c.normal when 'credit' then -p.amount else p.amount end)::text as amount,
       t.lifecycle, t.subject_id, t.event, t.at,
       to_char(t.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as cursor_at
     from ledger_accounts as a
     join ledger_chart as c on c.kind = a.kind
     cross join lateral (
       select * from ledger_postings where account_id = a.id and id < coalesce($2::bigint, 9223372036854775807)
       order by id desc limit $3) as p
     join ledger_transactions as t on t.id = p.transaction_id
     where a.owner_id = any (array(
         select $1::uuid union all select id from wallets where user_id = $1::uuid))
       and a.kind like 'customer\\_%'
     order by p.id desc limit $3`,
    [userId, page.id, page.limit],
  );
}
