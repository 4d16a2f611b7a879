/** The wallets of an onboarding: one per chain, made side by side with the application. */
import { isCancellation } from '@temporalio/workflow';
import { troubleOf } from '../runtime/outcome.ts';
import { makers } from './onboarding-activities.ts';
import type { OnboardingRun } from './onboarding-run.ts';

/** Takes care of every wallet that is being made; each one is taken care of once. */
export class WalletCare {
  readonly #run: OnboardingRun;
  readonly #begun = new Set<string>();
  #working = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(run: OnboardingRun) {
    this.#run = run;
  }

  /** True while no wallet is being worked on. @throws what ended the work on one, a cancellation say. */
  isIdle(): boolean {
    if (this.#failure) throw this.#failure.error;
    return this.#working === 0;
  }

  /** Begins with the wallets that are new. */
  tend(): void {
    for (const wallet of this.#run.facts.wallets) {
      if (wallet.status !== 'creating' || this.#begun.has(wallet.id)) continue;
      this.#begun.add(wallet.id);
      this.#working += 1;
      void this.#make(wallet.id, wallet.chain)
        .catch((error: unknown) => {
          this.#failure = { error };
        })
        .finally(() => {
          this.#working -= 1;
        });
    }
  }

  /** Asks Circle until the wallet is there; after each limit a person is told, and we go on. */
  async #make(
    walletId: string,
    chain: Parameters<ReturnType<typeof makers>['createWallet']>[0]['chain'],
  ): Promise<void> {
    const run = this.#run;
    const { giveUpAfterSeconds, retryAfterSeconds } = run.policy;
    for (let holds = 0; ; ) {
      try {
        await makers(giveUpAfterSeconds).createWallet({ user_id: run.id, wallet_id: walletId, chain });
        run.moveWallet(walletId);
        return;
      } catch (error) {
        if (isCancellation(error)) throw error;
        const trouble = troubleOf(error);
        if (trouble.kind === 'paused') {
          await run.holdWhilePaused(trouble.reason, holds++);
          continue;
        }
        const detail = `Circle did not make the wallet on ${chain}: ${trouble.reason}`;
        await run.askPerson('wallet_unclear', detail, walletId);
        run.isToRetry = false;
        await run.waitForRetry(
          retryAfterSeconds,
          `Pause before Circle is asked again for a wallet on ${chain}`,
        );
      }
    }
  }
}
