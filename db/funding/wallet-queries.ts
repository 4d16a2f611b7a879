/** Reads of wallets. */
import type { Chain } from '../../domain/funding/chain.ts';
import type { WalletState } from '../../domain/funding/wallet.ts';
import type { Database } from '../client.ts';

export interface WalletRow {
  readonly id: string;
  readonly chain: Chain;
  readonly address: string | null;
  readonly status: WalletState;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const COLUMNS = 'id, chain, address, status, created_at, updated_at';

/** A user's wallets: at most one per chain. */
export function listWallets(database: Database, userId: string): Promise<WalletRow[]> {
  const sql = `select ${COLUMNS} from wallets where user_id = $1::uuid order by chain`;
  return database.prepared<WalletRow>('wallet-list', sql, [userId]);
}

/** One wallet of a user. */
export async function findWallet(
  database: Database,
  userId: string,
  id: string,
): Promise<WalletRow | undefined> {
  const sql = `select ${COLUMNS} from wallets where user_id = $1::uuid and id = $2::uuid`;
  const [row] = await database.prepared<WalletRow>('wallet-find', sql, [userId, id]);
  return row;
}
