/** The last leg at Circle: from our treasury wallet to the address of the customer, and its look-ups. */
import { sanctionedAddress } from '../../db/funding/sanction-queries.ts';
import { markWithdrawalUnclear } from '../../db/funding/withdrawal-steps.ts';
import { outboundMessage } from '../../domain/funding/transfer-report.ts';
import type { WithdrawalFacts } from '../../domain/funding/withdrawal-facts.ts';
import { Unclear } from '../../domain/provider-error.ts';
import type { OutboundTransferMessage } from '../../workflows/funding/deposit-messages.ts';
import { withFailures } from '../failure.ts';
import { idempotencyKey } from '../idempotency-key.ts';
import { refuseRetryWhilePaused, standsStill } from '../paused.ts';
import type { ActivityPorts } from '../ports.ts';
import { isRepeated } from '../prompt-try.ts';
import { usdcTokenId } from '../providers/circle/chains.ts';
import { lookUpSince } from './look-up.ts';
import { effectStep } from './withdrawal.ts';

/** Which withdrawal, and where it stands. */
interface TransferInput {
  readonly withdrawal_id: string;
  readonly facts: WithdrawalFacts;
}

/** How our transfer is told apart at Circle: its wallet, its address and our name of it. */
function namesOf({ withdrawal_id, facts }: TransferInput) {
  return {
    walletId: facts.treasury_wallet?.circle_wallet_id ?? '',
    destinationAddress: facts.destination_address,
    refId: `withdrawal:${withdrawal_id}:${effectStep('transfer', facts)}`,
  };
}

/** The last leg as activities. */
export function createWithdrawalTransferActivities(
  ports: Pick<ActivityPorts, 'database' | 'circle' | 'config'>,
) {
  const { circle, database, config } = ports;
  const find = (names: ReturnType<typeof namesOf>) => circle.findTransfer({ ...names, since: lookUpSince() });
  return withFailures({
    /**
     * Sends the USDC. A repeated attempt looks the transfer up first; only when Circle has never heard of it is
     * it sent again, under the same key.
     */
    startWithdrawalTransfer: async (input: TransferInput): Promise<{ transfer_id: string }> => {
      const { withdrawal_id, facts } = input;
      const step = effectStep('transfer', facts);
      const names = namesOf(input);
      const unclear = (error: string, waiting_for: 'circle_answer' | 'paused' = 'circle_answer') =>
        markWithdrawalUnclear(database, { id: withdrawal_id, step, waiting_for, error });
      if (isRepeated() || facts.unclear.includes(step)) {
        const found = await find(names);
        if (found) return { transfer_id: found.id };
      }
      await refuseRetryWhilePaused(database, 'withdrawal', withdrawal_id, (error) =>
        unclear(error, 'paused'),
      );
      // An address may come onto a list while Circle is away; one that is there already was cleared by a person.
      const list =
        isRepeated() &&
        facts.sanctions_hit === null &&
        (await sanctionedAddress(database, facts.destination_address));
      if (list) {
        await unclear(`The sanctions list ${list} has the address by now.`);
        throw standsStill(`Not sent: the sanctions list ${list} has the address by now.`);
      }
      try {
        const { id } = await circle.createTransfer({
          idempotencyKey: idempotencyKey(withdrawal_id, step),
          ...names,
          tokenId: usdcTokenId(config.circle.network, facts.chain),
          amount: facts.net_usd,
          feeLevel: 'MEDIUM',
        });
        return { transfer_id: id };
      } catch (error) {
        if (error instanceof Unclear) await unclear(error.message);
        throw error;
      }
    },

    /** The transfer that Circle may have taken; null where it lists none. Sends nothing. */
    findWithdrawalTransfer: async (
      input: TransferInput,
    ): Promise<{ readonly transfer_id: string } | null> => {
      const found = await find(namesOf(input));
      return found && { transfer_id: found.id };
    },

    /** Circle's present word about our transfer. */
    lookUpWithdrawalTransfer: async (input: {
      readonly transfer_id: string;
    }): Promise<OutboundTransferMessage> => outboundMessage(await circle.getTransaction(input.transfer_id)),

    /** Offers a higher network fee for a transfer that is stuck. */
    accelerateWithdrawalTransfer: async (input: {
      readonly withdrawal_id: string;
      readonly transfer_id: string;
      readonly attempt: number;
    }): Promise<void> => {
      const key = idempotencyKey(input.withdrawal_id, `accelerate:${input.attempt}`);
      await circle.accelerate({ transactionId: input.transfer_id, idempotencyKey: key });
    },
  });
}

export type WithdrawalTransferActivities = ReturnType<typeof createWithdrawalTransferActivities>;
