/** What is written down about our own places at the providers. */
import type { Chain } from '../../domain/funding/chain.ts';
import type { Database } from '../client.ts';

/** Names under which an id from a provider is kept. */
export type ProviderFactName =
  | 'circle_wallet_set'
  | 'circle_treasury_wallet_set'
  | 'circle_subscription'
  | 'mint_subscription'
  | 'mint_wire_account'
  | 'alpaca_recipient_bank';

/** The value kept under a name; undefined when nothing was kept yet. */
export async function findProviderFact(
  database: Database,
  name: ProviderFactName,
): Promise<string | undefined> {
  const sql = 'select value from provider_facts where name = $1';
  const [row] = await database.prepared<{ value: string }>('provider-fact-find', sql, [name]);
  return row?.value;
}

/**
 * Keeps a value and answers the one that counts: with `replace` the new one, else whichever was first, so that
 * two workers that set up at once agree.
 */
export async function keepProviderFact(
  database: Database,
  fact: { readonly name: ProviderFactName; readonly value: string; readonly replace: boolean },
): Promise<string> {
  const sql = `insert into provider_facts (name, value) values ($1, $2)
    on conflict (name) do update set value = case when $3 then excluded.value else provider_facts.value end
    returning value`;
  const [row] = await database.prepared<{ value: string }>('provider-fact-keep', sql, [
    fact.name,
    fact.value,
    fact.replace,
  ]);
  if (!row) throw new Error('provider-fact-keep answered nothing');
  return row.value;
}

/** Our Mint deposit addresses by chain, as far as they are known. */
export async function findMintAddresses(database: Database): Promise<Partial<Record<Chain, string>>> {
  const sql = 'select chain, address from mint_deposit_addresses';
  const rows = await database.prepared<{ chain: Chain; address: string }>('mint-address-find', sql);
  return Object.fromEntries(rows.map(({ chain, address }) => [chain, address]));
}

/** Keeps the address of a chain; an address that is known already stays, because money may be on its way to it. */
export async function keepMintAddress(database: Database, chain: Chain, address: string): Promise<void> {
  const sql = `insert into mint_deposit_addresses (chain, address) values ($1::chain_type, $2)
    on conflict (chain) do nothing`;
  await database.prepared('mint-address-keep', sql, [chain, address]);
}

/**
 * Writes down what a provider says stands in a float, in smallest units. The first word opens its ledger
 * account as our own money.
 * @returns true when this call opened it.
 */
export async function openFloat(
  database: Database,
  account: 'alpaca_firm' | 'mint_balance',
  units: bigint,
): Promise<boolean> {
  const sql = 'select open_float($1, $2::bigint) as opened';
  const [row] = await database.prepared<{ opened: boolean }>('open_float', sql, [account, units.toString()]);
  return row?.opened ?? false;
}
