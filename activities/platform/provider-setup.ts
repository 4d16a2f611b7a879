/** Our own places at Circle, Mint and Alpaca: each step finds what is there and makes what is missing. */
import * as queries from '../../db/platform/provider-setup-queries.ts';
import { CHAINS, type Chain } from '../../domain/funding/chain.ts';
import { parseUnits } from '../../domain/money.ts';
import { withFailures } from '../failure.ts';
import { idempotencyKey } from '../idempotency-key.ts';
import type { ActivityPorts } from '../ports.ts';

/** The record that set-up steps derive their keys from: there is one set-up per deployment. */
const SETUP = 'provider-setup';

/** Where providers call back; the API serves these paths. */
const CALLBACKS = { circle: '/v1/webhooks/circle', mint: '/v1/webhooks/mint' } as const;

export type ProviderSetupPorts = Pick<ActivityPorts, 'database' | 'circle' | 'mint' | 'alpaca' | 'config'>;

/** The set-up steps as activities. */
export function createProviderSetupActivities({
  database,
  circle,
  mint,
  alpaca,
  config,
}: ProviderSetupPorts) {
  const { publicUrl } = config.api;
  return withFailures({
    /** The wallet set that customer wallets belong to; made once and kept for ever. */
    async ensureWalletSet(): Promise<string> {
      const known = await queries.findProviderFact(database, 'circle_wallet_set');
      if (known !== undefined) return known;
      // Circle answers a repeated key with the set that the first call made.
      const key = idempotencyKey(SETUP, 'circle-wallet-set');
      const { id } = await circle.createWalletSet({ idempotencyKey: key, name: 'Sluice customers' });
      return queries.keepProviderFact(database, { name: 'circle_wallet_set', value: id, replace: false });
    },

    /** Our Mint deposit address on each chain: one that Mint shows already, else a new one. */
    async ensureMintDepositAddresses(): Promise<Partial<Record<Chain, string>>> {
      const known = await queries.findMintAddresses(database);
      const missing = CHAINS.filter((chain) => known[chain] === undefined);
      if (missing.length === 0) return known;
      const listed = await mint.listDepositAddresses();
      for (const chain of missing) {
        const address =
          listed.find((one) => one.chain === chain && one.currency === 'USD') ??
          (await mint.createDepositAddress({
            idempotencyKey: idempotencyKey(SETUP, `mint-deposit-address:${chain}`),
            chain,
          }));
        await queries.keepMintAddress(database, chain, address.address);
      }
      return queries.findMintAddresses(database);
    },

    /** Circle sends its transaction webhooks to the API; a subscription that is gone is made anew. */
    async ensureCircleSubscription(): Promise<string> {
      const { id } = await circle.ensureSubscription(`${publicUrl}${CALLBACKS.circle}`);
      return queries.keepProviderFact(database, { name: 'circle_subscription', value: id, replace: true });
    },

    /** Mint sends its notifications to the API; a subscription that is gone is made anew. */
    async ensureMintSubscription(): Promise<string> {
      const { id } = await mint.ensureSubscription(`${publicUrl}${CALLBACKS.mint}`);
      return queries.keepProviderFact(database, { name: 'mint_subscription', value: id, replace: true });
    },

    /** Dollars in our firm account at Alpaca; what stood there before the first booking is our own. */
    async openFirmFloat(): Promise<{ cash_usd: string; opened: boolean }> {
      const { cash } = await alpaca.getFirmAccount();
      const opened = await queries.openFloat(database, 'alpaca_firm', parseUnits(cash));
      return { cash_usd: cash, opened };
    },

    /** Dollars in our Mint account; what stood there before the first booking is our own. */
    async openMintFloat(): Promise<{ available_usd: string; opened: boolean }> {
      const { available } = await mint.balances();
      const amount = available.find(({ currency }) => currency === 'USD')?.amount ?? '0';
      const opened = await queries.openFloat(database, 'mint_balance', parseUnits(amount));
      return { available_usd: amount, opened };
    },
  });
}

export type ProviderSetupActivities = ReturnType<typeof createProviderSetupActivities>;
