/** What a trace is made from: a customer's postings, and what each lifecycle can prove. */
import type { AccountKindName } from '../../domain/funding/ledger.ts';
import type { CustomerPosting } from '../../domain/funding/ledger-trace.ts';
import type { Database } from '../client.ts';

/** Whose money a lifecycle or a ledger transaction moves; undefined when there is no such thing. */
export async function ownerOfMoney(
  database: Database,
  asked: { readonly lifecycle: string; readonly id: string } | { readonly transactionId: string },
): Promise<string | undefined> {
  const [row] =
    'transactionId' in asked
      ? await database.query<{ user_id: string }>(
          `select u.id as user_id from ledger_postings p join ledger_accounts a on a.id = p.account_id
           left join wallets w on w.id = a.owner_id join users u on u.id in (a.owner_id, w.user_id)
           where p.transaction_id = $1 and a.kind like 'customer\\_%' limit 1`,
          [asked.transactionId],
        )
      : await database.query<{ user_id: string }>(
          `select user_id from deposits where $1 = 'deposit' and id = $2
           union all select user_id from withdrawals where $1 = 'withdrawal' and id = $2
           union all select id from users where $1 = 'user' and id = $2`,
          [asked.lifecycle, asked.id],
        );
  return row?.user_id;
}

/** Every posting on what we owe a customer, in the order of the transactions. */
export async function customerPostings(database: Database, userId: string): Promise<CustomerPosting[]> {
  const rows = await database.prepared<Omit<CustomerPosting, 'grows'> & { readonly grows: string }>(
    'ledger-trace-postings',
    `select t.id::text as transaction_id, t.lifecycle, t.subject_id, t.event, seal_time(t.at) as at,
       a.id::text as account_id, a.kind as account, (-p.amount)::text as grows
     from ledger_accounts a join ledger_chart c on c.kind = a.kind and c.normal = 'credit'
     join ledger_postings p on p.account_id = a.id join ledger_transactions t on t.id = p.transaction_id
     where a.kind like 'customer\\_%'
       and a.owner_id = any (array(
         select $1::uuid union all select w.id from wallets w where w.user_id = $1::uuid))
     order by t.id, p.id`,
    [userId],
  );
  return rows.map((row) => ({ ...row, account: row.account as AccountKindName, grows: BigInt(row.grows) }));
}

/** What proves a step outside of our books. */
export interface MoneyEvidence {
  readonly lifecycle: 'deposit' | 'withdrawal';
  readonly id: string;
  readonly status: string;
  readonly chain: string;
  /** The transaction that brought the money to us, or took it to the customer. */
  readonly tx_hash: string | null;
  /** Every id at a company, by name. */
  readonly references: Readonly<Record<string, string>>;
}

/** The evidence of these lifecycles. */
export function moneyEvidence(database: Database, ids: readonly string[]): Promise<MoneyEvidence[]> {
  return database.query<MoneyEvidence>(
    `select 'deposit' as lifecycle, id, status::text, chain::text, tx_hash, jsonb_strip_nulls(jsonb_build_object(
       'circle_transaction_id', circle_transaction_id, 'circle_transfer_ref', circle_transfer_ref,
       'off_ramp_tx_hash', off_ramp_tx_hash, 'mint_transfer_ref', mint_transfer_ref,
       'broker_journal_ref', broker_journal_ref)) as references
     from deposits where id = any ($1::uuid[])
     union all
     select 'withdrawal', id, status::text, chain::text, tx_hash, jsonb_strip_nulls(jsonb_build_object(
       'broker_withdrawal_ref', broker_withdrawal_ref, 'circle_on_ramp_ref', circle_on_ramp_ref,
       'on_ramp_tx_hash', on_ramp_tx_hash, 'circle_transfer_ref', circle_transfer_ref, 'refund_ref', refund_ref))
     from withdrawals where id = any ($1::uuid[])
     order by 1, 2`,
    [ids],
  );
}
