/** The refund of a deposit at Circle: the transfer to the sender, and its look-up. */
import { activityInfo } from '@temporalio/activity';
import { markDepositUnclear } from '../../db/funding/deposit-steps.ts';
import type { DepositFacts } from '../../domain/funding/deposit-facts.ts';
import { outboundMessage } from '../../domain/funding/transfer-report.ts';
import { Unclear } from '../../domain/provider-error.ts';
import type { OutboundTransferMessage } from '../../workflows/funding/deposit-messages.ts';
import { withFailures } from '../failure.ts';
import { idempotencyKey } from '../idempotency-key.ts';
import { refuseRetryWhilePaused } from '../paused.ts';
import type { ActivityPorts } from '../ports.ts';
import { usdcTokenId } from '../providers/circle/chains.ts';
import { refundStep } from './deposit-back.ts';
import { lookUpSince } from './look-up.ts';

/** The provider side of a refund. */
export function createDepositRefundActivities(ports: Pick<ActivityPorts, 'database' | 'circle' | 'config'>) {
  const { database, circle, config } = ports;
  return withFailures({
    /**
     * Sends the USDC back to the address that it came from. A repeated attempt looks the transfer up first; only
     * when Circle has never heard of it is it sent again, under the same key.
     */
    sendRefund: async (input: {
      readonly deposit_id: string;
      readonly facts: DepositFacts;
    }): Promise<{ transfer_id: string }> => {
      const { deposit_id: id, facts } = input;
      const { refund } = facts;
      if (!refund) throw new Error('no refund was decided');
      const step = refundStep(facts.refund_attempt);
      const transfer = {
        idempotencyKey: idempotencyKey(id, step),
        walletId: refund.circle_wallet_id,
        tokenId: usdcTokenId(config.circle.network, facts.chain),
        destinationAddress: refund.destination,
        amount: refund.usdc,
        refId: `deposit:${id}:${step}`,
        feeLevel: 'MEDIUM',
      } as const;
      const unclear = (error: string, waiting_for: 'circle_answer' | 'paused') =>
        markDepositUnclear(database, { id, step, waiting_for, error });
      if (activityInfo().attempt > 1 || facts.unclear) {
        const { walletId, refId } = transfer;
        const found = await circle.findTransfer({ walletId, refId, since: lookUpSince() });
        if (found) return { transfer_id: found.id };
      }
      await refuseRetryWhilePaused(database, 'deposit', id, (error) => unclear(error, 'paused'));
      try {
        return { transfer_id: (await circle.createTransfer(transfer)).id };
      } catch (error) {
        if (error instanceof Unclear) await unclear(error.message, 'circle_answer');
        throw error;
      }
    },

    /** Asks Circle to send a stuck refund with a higher fee. */
    accelerateRefund: async (input: {
      readonly deposit_id: string;
      readonly transfer_id: string;
      readonly attempt: number;
    }): Promise<void> => {
      const key = idempotencyKey(input.deposit_id, `accelerate_refund:${input.attempt}`);
      await circle.accelerate({ transactionId: input.transfer_id, idempotencyKey: key });
    },

    /** Circle's present word about the refund: over or stuck; null while it is under way. */
    lookUpRefund: async (input: {
      readonly transfer_id: string;
    }): Promise<OutboundTransferMessage | null> => {
      const transaction = await circle.getTransaction(input.transfer_id);
      const { outcome, state } = transaction;
      const isNews = outcome === 'succeeded' || outcome === 'failed' || state === 'stuck';
      return isNews ? outboundMessage(transaction) : null;
    },
  });
}

export type DepositRefundActivities = ReturnType<typeof createDepositRefundActivities>;
