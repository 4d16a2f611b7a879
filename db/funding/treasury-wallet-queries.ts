/** Our own wallets at Circle. */
import type { Chain } from '../../domain/funding/chain.ts';
import type { Database } from '../client.ts';

export interface TreasuryWalletRow {
  readonly id: string;
  readonly chain: Chain;
  readonly circle_wallet_id: string;
  readonly address: string;
  readonly mint_recipient_id: string | null;
}

/** Every treasury wallet that is made. */
export function listTreasuryWallets(database: Database): Promise<TreasuryWalletRow[]> {
  const sql =
    'select id, chain, circle_wallet_id, address, mint_recipient_id from treasury_wallets order by chain';
  return database.prepared<TreasuryWalletRow>('treasury-wallet-list', sql);
}

/** Keeps the wallet of a chain; one that is known stays, because money may stand in it. */
export async function keepTreasuryWallet(
  database: Database,
  wallet: Pick<TreasuryWalletRow, 'chain' | 'circle_wallet_id' | 'address'>,
): Promise<void> {
  const sql = `insert into treasury_wallets (chain, circle_wallet_id, address) values ($1::chain_type, $2, $3)
    on conflict (chain) do nothing`;
  const { chain, circle_wallet_id, address } = wallet;
  await database.prepared('treasury-wallet-keep', sql, [chain, circle_wallet_id, address]);
}

/** Mint pays the wallet of the chain under this id of its address book. */
export async function keepMintRecipient(
  database: Database,
  chain: Chain,
  recipientId: string,
): Promise<void> {
  const sql = 'update treasury_wallets set mint_recipient_id = $2 where chain = $1::chain_type';
  await database.prepared('treasury-wallet-recipient', sql, [chain, recipientId]);
}

/** Books what stands in a wallet before its first booking as our own. @returns whether this call did. */
export async function openTreasuryWallet(database: Database, chain: Chain, units: bigint): Promise<boolean> {
  const sql = 'select open_treasury_wallet($1::chain_type, $2::bigint) as opened';
  const [row] = await database.prepared<{ opened: boolean }>('treasury-wallet-open', sql, [
    chain,
    units.toString(),
  ]);
  return row?.opened ?? false;
}
