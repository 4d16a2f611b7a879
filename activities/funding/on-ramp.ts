/** The on-ramp at Circle Mint: our dollars there become USDC in our treasury wallet on the target chain. */
import { markWithdrawalUnclear } from '../../db/funding/withdrawal-steps.ts';
import { mintMessage } from '../../domain/funding/transfer-report.ts';
import type { WithdrawalFacts } from '../../domain/funding/withdrawal-facts.ts';
import { Unclear } from '../../domain/provider-error.ts';
import type { MintTransferMessage } from '../../workflows/funding/deposit-messages.ts';
import { withFailures } from '../failure.ts';
import { idempotencyKey } from '../idempotency-key.ts';
import { refuseRetryWhilePaused } from '../paused.ts';
import type { ActivityPorts } from '../ports.ts';
import { asAnswerToRepeat } from './look-up.ts';
import { effectStep } from './withdrawal.ts';

/** The on-ramp as activities. */
export function createOnRampActivities({ database, mint }: Pick<ActivityPorts, 'database' | 'mint'>) {
  return withFailures({
    /**
     * Asks Mint for the transfer. Mint has no field for a reference of ours, so the key is the only name that a
     * transfer has before we know its id: asking again under the same key is the look-up, and Mint answers it
     * with the transfer that the first call made (Mint OpenAPI, IdempotencyKey).
     */
    startOnRamp: async (input: {
      readonly withdrawal_id: string;
      readonly facts: WithdrawalFacts;
    }): Promise<{ transfer_id: string }> => {
      const { withdrawal_id, facts } = input;
      const step = effectStep('on_ramp', facts);
      const unclear = (error: string, waiting_for: 'mint_answer' | 'paused' = 'mint_answer') =>
        markWithdrawalUnclear(database, { id: withdrawal_id, step, waiting_for, error });
      await refuseRetryWhilePaused(database, 'withdrawal', withdrawal_id, (error) =>
        unclear(error, 'paused'),
      );
      try {
        const { id } = await mint.createTransfer({
          idempotencyKey: idempotencyKey(withdrawal_id, step),
          addressId: facts.treasury_wallet?.mint_recipient_id ?? '',
          amount: facts.net_usd,
        });
        return { transfer_id: id };
      } catch (caught) {
        const operation = { lifecycle: 'withdrawal', id: withdrawal_id, step };
        const error = await asAnswerToRepeat(database, operation, caught);
        if (error instanceof Unclear) await unclear(error.message);
        throw error;
      }
    },

    /** Mint's present word about our transfer. */
    lookUpOnRamp: async (input: { readonly transfer_id: string }): Promise<MintTransferMessage> =>
      mintMessage(await mint.getTransfer(input.transfer_id)),
  });
}

export type OnRampActivities = ReturnType<typeof createOnRampActivities>;
