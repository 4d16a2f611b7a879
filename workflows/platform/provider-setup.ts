/** Sets up our own places at the providers: a job that is safe to repeat and repairs what is missing. */
import type { ProviderSetupActivities } from '../../activities/platform/provider-setup.ts';
import type { TreasuryWalletActivities } from '../../activities/platform/treasury-wallets.ts';
import type { Chain } from '../../domain/funding/chain.ts';
import { showCard } from '../runtime/card.ts';
import { providerCalls } from '../runtime/proxies.ts';

/** Each thing is tried this long; the next start of a worker tries again. */
const GIVE_UP_AFTER_SECONDS = 24 * 3600;

export interface ProviderSetupResult {
  readonly wallet_set_id: string;
  readonly mint_addresses: Readonly<Partial<Record<Chain, string>>>;
}

/** Wallet set, Mint deposit addresses, subscriptions and the opening of the floats, side by side. */
export async function providerSetup(): Promise<ProviderSetupResult> {
  const setUp = providerCalls<ProviderSetupActivities & TreasuryWalletActivities>(GIVE_UP_AFTER_SECONDS, {
    ensureWalletSet: 'Circle: the wallet set that customer wallets belong to',
    ensureMintDepositAddresses: 'Mint: our deposit address on each chain',
    ensureCircleSubscription: 'Circle: send transaction webhooks to the API',
    ensureMintSubscription: 'Mint: send transfer notifications to the API',
    openFirmFloat: 'Alpaca: what stands in our firm account',
    openMintFloat: 'Mint: what stands in our account',
    ensureTreasuryWallets: 'Circle: our own wallet on each chain',
    ensureTreasuryRecipients: 'Mint: our own wallets in its address book',
    openTreasuryWallets: 'Circle: what stands in our own wallets',
  });
  showCard(
    '**Setting up our places at Circle, Mint and Alpaca.** Each pending activity below is one thing that is ' +
      'still missing; it is tried until it works. Who must act: nobody, unless one keeps failing.',
  );
  const treasury = async () => {
    await setUp.ensureTreasuryWallets();
    await setUp.openTreasuryWallets();
    await setUp.ensureTreasuryRecipients();
  };
  const [walletSetId, addresses] = await Promise.all([
    setUp.ensureWalletSet(),
    setUp.ensureMintDepositAddresses(),
    setUp.ensureCircleSubscription(),
    setUp.ensureMintSubscription(),
    setUp.openFirmFloat(),
    setUp.openMintFloat(),
    treasury(),
  ]);
  showCard('**Everything is in place** at Circle, Mint and Alpaca. Nothing to do.');
  return { wallet_set_id: walletSetId, mint_addresses: addresses };
}
