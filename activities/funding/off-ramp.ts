/** The off-ramp at Circle: a transfer from the customer's wallet to our Mint deposit address, and its look-ups. */
import { markDepositUnclear } from '../../db/funding/deposit-steps.ts';
import type { DepositFacts } from '../../domain/funding/deposit-facts.ts';
import { Unavailable, Unclear } from '../../domain/provider-error.ts';
import type {
  InboundTransferMessage,
  MintTransferMessage,
  OutboundTransferMessage,
} from '../../workflows/funding/deposit-messages.ts';
import { withFailures } from '../failure.ts';
import { idempotencyKey } from '../idempotency-key.ts';
import { refuseRetryWhilePaused } from '../paused.ts';
import type { ActivityPorts } from '../ports.ts';
import { createPromptTry, isRepeated } from '../prompt-try.ts';
import { usdcTokenId } from '../providers/circle/chains.ts';
import type { CircleTransaction } from '../providers/circle/mapping.ts';
import { offRampStep } from './deposit.ts';
import { offRampStarted } from './deposit-money.ts';
import { lookUpSince } from './look-up.ts';

export interface OffRampInput {
  readonly deposit_id: string;
  readonly facts: DepositFacts;
  /** A try inside the workflow task came before this one. */
  readonly tried?: boolean;
}

/** Circle's id of the transfer; the facts where they were written down already. */
export interface OffRampAnswer {
  readonly transfer_id: string;
  readonly facts?: DepositFacts;
}

/** Our name of the transfer at Circle: it comes back in every webhook and listing. */
export function offRampReference(depositId: string, attempt: number): string {
  return `deposit:${depositId}:${offRampStep(attempt)}`;
}

/** The provider side of a deposit up to the dollars at Mint. */
export function createOffRampActivities(
  ports: Pick<ActivityPorts, 'database' | 'circle' | 'mint' | 'config'>,
) {
  const { circle, database, config } = ports;
  const prompt = createPromptTry('circle');
  return withFailures({
    ...lookUps(ports),

    /**
     * Sends the whole cents of a deposit to our Mint address. A repeated attempt looks the transfer up
     * first; only when Circle has never heard of it is it sent again, under the same key. What Circle answers inside
     * the workflow task is written down at once.
     */
    startOffRampTransfer: async (input: OffRampInput): Promise<OffRampAnswer> => {
      const { deposit_id, facts, tried } = input;
      const step = offRampStep(facts.off_ramp_attempt);
      const refId = offRampReference(deposit_id, facts.off_ramp_attempt);
      if (isRepeated(tried) || facts.unclear) {
        const found = await circle.findTransfer({
          walletId: facts.circle_wallet_id,
          refId,
          since: lookUpSince(),
        });
        if (found) return { transfer_id: found.id };
      }
      const held = (error: string) =>
        markDepositUnclear(database, { id: deposit_id, step, waiting_for: 'paused', error });
      await refuseRetryWhilePaused(database, 'deposit', deposit_id, held, isRepeated(tried));
      const transfer = {
        idempotencyKey: idempotencyKey(deposit_id, step),
        walletId: facts.circle_wallet_id,
        tokenId: usdcTokenId(config.circle.network, facts.chain),
        destinationAddress: facts.mint_address ?? (await mintAddress(ports, facts)),
        amount: facts.amount_usd ?? '',
        refId,
        feeLevel: 'MEDIUM',
      } as const;
      try {
        const { answer, written } = await prompt(
          'createTransfer',
          () => circle.createTransfer(transfer),
          ({ id }) => offRampStarted(database, { deposit_id, inbound: [], facts, transfer_id: id }),
        );
        return { transfer_id: answer.id, ...(written && { facts: written }) };
      } catch (error) {
        if (error instanceof Unclear) {
          await markDepositUnclear(database, {
            id: deposit_id,
            step,
            waiting_for: 'circle_answer',
            error: error.message,
          });
        }
        throw error;
      }
    },

    /** Offers a higher network fee for a transfer that is stuck. */
    accelerateOffRamp: async (input: {
      readonly deposit_id: string;
      readonly transfer_id: string;
      readonly attempt: number;
    }) => {
      const key = idempotencyKey(input.deposit_id, `accelerate:${input.attempt}`);
      await circle.accelerate({ transactionId: input.transfer_id, idempotencyKey: key });
    },
  });
}

/** What Circle and Mint say when they are asked. */
function lookUps({ circle, mint }: Pick<ActivityPorts, 'circle' | 'mint'>) {
  return {
    /** Circle's present word about an inbound transfer; null when Circle does not know it any more. */
    lookUpInboundTransfer: async (input: {
      readonly circle_transaction_id: string;
      readonly circle_wallet_id: string;
      readonly token: string;
      readonly amount: string;
    }): Promise<InboundTransferMessage> => {
      const transaction = await circle.getTransaction(input.circle_transaction_id);
      return {
        source: 'circle.inbound',
        ...input,
        state: transaction.state,
        ...(transaction.txHash && { tx_hash: transaction.txHash }),
      };
    },

    /** What Circle and Mint say now about our transfer: failed, credited, or null while neither. */
    lookUpOffRamp: async (input: {
      readonly transfer_id: string;
      readonly amount_usd: string;
    }): Promise<OutboundTransferMessage | MintTransferMessage | null> => {
      const transaction = await circle.getTransaction(input.transfer_id);
      if (transaction.outcome === 'failed' || transaction.state === 'stuck')
        return outboundMessage(transaction);
      if (!transaction.txHash) return null;
      const credited = await mint.findTransferByHash({
        txHash: transaction.txHash,
        amount: input.amount_usd,
        since: lookUpSince(),
      });
      if (!credited || credited.outcome === 'pending') return null;
      return {
        source: 'mint.transfer',
        state: credited.outcome === 'succeeded' ? 'complete' : 'failed',
        reference: credited.id,
        tx_hash: transaction.txHash,
        amount: credited.amount,
        ...(credited.errorCode && { error_reason: credited.errorCode }),
      };
    },
  };
}

/** The address may have been made after the deposit was confirmed. */
async function mintAddress(
  { database }: Pick<ActivityPorts, 'database'>,
  facts: DepositFacts,
): Promise<string> {
  const [row] = await database.query<{ address: string }>(
    'select address from mint_deposit_addresses where chain = $1',
    [facts.chain],
  );
  if (row) return row.address;
  const reason = { provider: 'mint', operation: 'createDepositAddress', code: 'no_deposit_address' } as const;
  throw new Unavailable(`there is no Mint deposit address on ${facts.chain} yet`, reason);
}

function outboundMessage(transaction: CircleTransaction): OutboundTransferMessage {
  return {
    source: 'circle.outbound',
    state: transaction.state,
    reference: transaction.id,
    ...(transaction.txHash && { tx_hash: transaction.txHash }),
    ...(transaction.errorReason && { error_reason: transaction.errorReason }),
  };
}

export type OffRampActivities = ReturnType<typeof createOffRampActivities>;
