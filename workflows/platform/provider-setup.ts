/** Sets up our own places at the providers: a job that is safe to repeat and repairs what is missing. */
import { continueAsNew, sleep, workflowInfo } from '@temporalio/workflow';
import type { ProviderSetupActivities } from '../../activities/platform/provider-setup.ts';
import type { TreasuryWalletActivities } from '../../activities/platform/treasury-wallets.ts';
import type { Chain } from '../../domain/funding/chain.ts';
import { showCard } from '../runtime/card.ts';
import { cell } from '../runtime/cell.ts';
import { attempt } from '../runtime/outcome.ts';
import { providerCalls } from '../runtime/proxies.ts';

/** A silent company is asked this long; then the thing is begun anew. */
const GIVE_UP_AFTER_SECONDS = 3600;
/**
 * After a no, and the last one again and again: what a company refuses now it may take later. Circle takes an
 * endpoint for webhooks only if our API answers there, and the API may come up after the worker.
 */
const PAUSES_SECONDS = [1, 2, 5, 15, 60, 300, 900] as const;

const STEPS = {
  ensureWalletSet: 'Circle: the wallet set that customer wallets belong to',
  ensureMintDepositAddresses: 'Mint: our deposit address on each chain',
  ensureCircleSubscription: 'Circle: send transaction webhooks to the API',
  ensureMintSubscription: 'Mint: send transfer notifications to the API',
  openFirmFloat: 'Alpaca: what stands in our firm account',
  openMintFloat: 'Mint: what stands in our account',
  ensureTreasuryWallets: 'Circle: our own wallet on each chain',
  ensureTreasuryRecipients: 'Mint: our own wallets in its address book',
  openTreasuryWallets: 'Circle: what stands in our own wallets',
} as const;
type Step = keyof typeof STEPS;
/** Steps that do not work yet, with the reason of the last try. */
type Missing = Map<Step, string>;

export interface ProviderSetupResult {
  readonly wallet_set_id: string;
  readonly mint_addresses: Readonly<Partial<Record<Chain, string>>>;
}

/**
 * Wallet set, Mint deposit addresses, subscriptions and the opening of the floats, side by side: one that does not
 * work holds up no other, and is tried until it does.
 */
export async function providerSetup(): Promise<ProviderSetupResult> {
  const setUp = providerCalls<ProviderSetupActivities & TreasuryWalletActivities>(
    GIVE_UP_AFTER_SECONDS,
    STEPS,
  );
  const missing: Missing = new Map();
  const done = <T>(step: Step, call: () => Promise<T>): Promise<T> => untilItWorks(missing, step, call);
  const treasury = async () => {
    await done('ensureTreasuryWallets', setUp.ensureTreasuryWallets);
    await done('openTreasuryWallets', setUp.openTreasuryWallets);
    await done('ensureTreasuryRecipients', setUp.ensureTreasuryRecipients);
  };
  showMissing(missing);
  const [walletSetId, addresses] = await Promise.all([
    done('ensureWalletSet', setUp.ensureWalletSet),
    done('ensureMintDepositAddresses', setUp.ensureMintDepositAddresses),
    done('ensureCircleSubscription', setUp.ensureCircleSubscription),
    done('ensureMintSubscription', setUp.ensureMintSubscription),
    done('openFirmFloat', setUp.openFirmFloat),
    done('openMintFloat', setUp.openMintFloat),
    treasury(),
  ]);
  showCard('**Everything is in place** at Circle, Mint and Alpaca. Nothing to do.');
  return { wallet_set_id: walletSetId, mint_addresses: addresses };
}

/** Calls again and again; what does not work meanwhile is shown. */
async function untilItWorks<T>(missing: Missing, step: Step, call: () => Promise<T>): Promise<T> {
  for (let round = 0; ; round += 1) {
    const result = await attempt(call());
    if ('answer' in result) {
      if (missing.delete(step)) showMissing(missing);
      return result.answer;
    }
    missing.set(step, result.trouble.reason);
    showMissing(missing);
    const pause = PAUSES_SECONDS[Math.min(round, PAUSES_SECONDS.length - 1)] ?? 900;
    await sleep(pause * 1000, { summary: `Before it is tried again: ${STEPS[step]}` });
    // Everything here is looked for before it is made, so that a new run may begin at the top.
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof providerSetup>();
  }
}

/** What does not work yet, with the company's words. */
function showMissing(missing: Missing): void {
  const lines = [...missing].map(([name, reason]) => `| ${cell(STEPS[name])} | ${cell(reason)} |`);
  const table = ['', '', '| Does not work yet | Why, at the last try |', '| --- | --- |', ...lines].join(
    '\n',
  );
  showCard(
    '**Setting up our places at Circle, Mint and Alpaca.** Each pending activity below is one thing that is ' +
      'still missing; it is tried until it works. Who must act: nobody, unless one keeps failing.' +
      (lines.length > 0 ? table : ''),
  );
}
