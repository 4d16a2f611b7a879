/** Balances of the past. The functions are in db/functions/13-ledger-proofs.sql; amounts are smallest units. */
import type { AccountKindName } from '../../domain/funding/ledger.ts';
import type { Asset } from '../../domain/money.ts';
import type { Database } from '../client.ts';

export interface HistoricBalance {
  readonly account: AccountKindName;
  /** Null where all accounts of the kind are added up, and for accounts that all share. */
  readonly owner_id: string | null;
  readonly asset: Asset;
  readonly normal: 'debit' | 'credit';
  /** On the normal side. */
  readonly balance: string;
}

export interface HistoricPlace {
  /** The last position of the ledger's chain that counts at that time. */
  readonly position: string;
  /** Everything that was visible by this moment is sealed; null before the first round. */
  readonly as_of: Date | null;
  /** True when nothing can be added to that time any more. */
  readonly final: boolean;
}

/** Where a moment lies in the ledger's chain. */
export async function placeOfMoment(database: Database, at: string): Promise<HistoricPlace> {
  const [row] = await database.prepared<HistoricPlace>(
    'ledger-place',
    'select through::text as position, as_of, final from ledger_place($1)',
    [at],
  );
  if (!row) throw new Error('ledger_place answered nothing');
  return row;
}

/** Every kind of account at a moment, all owners together. */
export function kindsAt(database: Database, at: string): Promise<HistoricBalance[]> {
  return database.prepared<HistoricBalance>(
    'ledger-kinds-at',
    `select kind as account, null as owner_id, asset, normal, balance::text from ledger_kinds_at($1) order by kind`,
    [at],
  );
}

/** The accounts of one owner at a moment: of a user with all their wallets, of a wallet, or of another place. */
export function accountsAt(database: Database, at: string, owner: string): Promise<HistoricBalance[]> {
  return database.prepared<HistoricBalance>(
    'ledger-accounts-at',
    `with asked as materialized (select array(
       select a.id from ledger_accounts a where a.owner_id = any (array(
         select $2::uuid union all select w.id from wallets w where w.user_id = $2::uuid))) as ids)
     select a.kind as account, a.owner_id, a.asset, c.normal, x.balance::text
     from asked, ledger_accounts_at($1, asked.ids) x
     join ledger_accounts a on a.id = x.account_id join ledger_chart c on c.kind = a.kind
     order by a.kind, a.owner_id`,
    [at, owner],
  );
}
