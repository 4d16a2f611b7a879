/** A customer's wallets at Circle: one per chain, however often we have to ask. */
import { activityInfo } from '@temporalio/activity';
import { walletCreated } from '../../db/funding/kyc-application-queries.ts';
import { markOperationUnknown } from '../../db/platform/operation-steps.ts';
import { findProviderFact } from '../../db/platform/provider-setup-queries.ts';
import type { Chain } from '../../domain/funding/chain.ts';
import { Unavailable, Unclear } from '../../domain/provider-error.ts';
import { withFailures } from '../failure.ts';
import { idempotencyKey } from '../idempotency-key.ts';
import { refuseWhilePaused } from '../paused.ts';
import type { ActivityPorts } from '../ports.ts';
import type { CircleWallet } from '../providers/circle/mapping.ts';
import { type OnboardingStep, walletStep } from './onboarding.ts';

/** Until provider set-up has made the wallet set. */
const WALLET_SET_RETRY_MS = 1_000;

/** Wallets as activities. */
export function createWalletActivities({ circle, database }: Pick<ActivityPorts, 'circle' | 'database'>) {
  const walletSet = async (): Promise<string> => {
    const id = await findProviderFact(database, 'circle_wallet_set');
    if (id !== undefined) return id;
    throw new Unavailable('the wallet set is not made yet', {
      provider: 'circle',
      operation: 'createWallets',
      code: 'no_wallet_set',
      retryAfterMs: WALLET_SET_RETRY_MS,
    });
  };
  return withFailures({
    /**
     * Makes the wallet of a chain and writes it down. The key derives from customer and chain, and Circle answers
     * a repeated key with the original wallet (W3S OpenAPI, idempotencyKey); from the second attempt on we look
     * first, by the reference that every wallet of the customer carries.
     */
    createWallet: async (
      input: OnboardingStep & { readonly wallet_id: string; readonly chain: Chain },
    ): Promise<{ readonly circle_wallet_id: string }> => {
      const { user_id, wallet_id, chain } = input;
      const walletSetId = await walletSet();
      const key = idempotencyKey(user_id, walletStep(chain));
      const found =
        activityInfo().attempt > 1
          ? ofChain(await circle.listWallets({ refId: user_id, walletSetId }), chain)
          : undefined;
      if (!found) await refuseWhilePaused(database, ['circle', `chain:${chain}`, `user:${user_id}`]);
      const wallet = found ?? (await ask(key));
      await walletCreated(database, wallet_id, {
        address: wallet.address,
        circle_wallet_id: wallet.id,
        operations: [{ step: 'create', provider: 'circle', key, state: 'succeeded', reference: wallet.id }],
      });
      return { circle_wallet_id: wallet.id };

      async function ask(idempotencyKey: string): Promise<CircleWallet> {
        try {
          const made = await circle.createWallets({
            idempotencyKey,
            walletSetId,
            chains: [chain],
            refId: user_id,
          });
          const wallet = ofChain(made, chain);
          if (wallet) return wallet;
          throw new Unclear('circle createWallets: the answer has no wallet of the chain', {
            provider: 'circle',
            operation: 'createWallets',
            code: 'unexpected_answer',
          });
        } catch (error) {
          if (error instanceof Unclear) {
            const operation = { lifecycle: 'wallet', id: wallet_id, step: 'create', error: error.message };
            await markOperationUnknown(database, operation);
          }
          throw error;
        }
      }
    },
  });
}

function ofChain(wallets: readonly CircleWallet[], chain: Chain): CircleWallet | undefined {
  return wallets.find((wallet) => wallet.chain === chain);
}

export type WalletActivities = ReturnType<typeof createWalletActivities>;
