/** The deposit on DBOS Transact: a workflow of steps in Postgres, told of events by DBOS.send. */
import { DBOS } from '@dbos-inc/dbos-sdk';
import { createDepositActivities } from '../../activities/funding/deposit.ts';
import { createDepositMoneyActivities } from '../../activities/funding/deposit-money.ts';
import { offRampReference } from '../../activities/funding/off-ramp.ts';
import { idempotencyKey } from '../../activities/idempotency-key.ts';
import type { AlpacaClient } from '../../activities/providers/alpaca/client.ts';
import { usdcTokenId } from '../../activities/providers/circle/chains.ts';
import type { CircleClient } from '../../activities/providers/circle/client.ts';
import type { Config } from '../../config.ts';
import type { Database } from '../../db/client.ts';
import type { DepositFacts } from '../../domain/funding/deposit-facts.ts';
import type {
  InboundTransferMessage,
  MintTransferMessage,
} from '../../workflows/funding/deposit-messages.ts';

const WAIT_SECONDS = 3_600;

export interface DepositPorts {
  readonly database: Database;
  readonly circle: CircleClient;
  readonly alpaca: AlpacaClient;
  readonly config: Config;
}

/** Registers the workflow; happy path only, because the benchmark sends nothing else. */
export function registerDeposit(ports: DepositPorts): (id: string) => Promise<string> {
  const steps = { ...createDepositActivities(ports), ...createDepositMoneyActivities(ports) };
  const run = <Answer>(name: string, step: () => Promise<Answer>) => DBOS.runStep(step, { name });

  return DBOS.registerWorkflow(
    async (deposit_id: string): Promise<string> => {
      let used: string[] = [];
      const inbound = (): string[] => {
        const ids = used;
        used = [];
        return ids;
      };
      const receive = async <M extends { event_id?: string; state: string }>(topic: string): Promise<M> => {
        const message = await DBOS.recv<M>(topic, WAIT_SECONDS);
        if (!message) throw new Error(`no word about ${topic}`);
        if (message.event_id) used.push(message.event_id);
        return message;
      };

      let transfer = await receive<InboundTransferMessage>('circle.inbound');
      const seen = transfer;
      await run('seen', () => steps.recordDepositSeen({ deposit_id, ...transferOf(seen) }));
      while (transfer.state !== 'complete')
        transfer = await receive<InboundTransferMessage>('circle.inbound');
      const hash = transfer.tx_hash ? { tx_hash: transfer.tx_hash } : {};
      const confirmed = { deposit_id, inbound: inbound(), ...hash };
      let facts = await run('confirmed', () => steps.recordDepositConfirmed(confirmed));

      const transfer_id = await run('transfer', () => sendToMint(ports, deposit_id, facts));
      const started = { deposit_id, inbound: inbound(), facts, transfer_id };
      facts = await run('off_ramp_started', () => steps.recordOffRampStarted(started));

      const credit = await receive<MintTransferMessage>('mint.transfer');
      const completed = { deposit_id, inbound: inbound(), facts, mint_transfer_id: credit.reference };
      facts = await run('off_ramp_completed', () => steps.recordOffRampCompleted(completed));

      const journal_id = await run('journal', () => fund(ports, deposit_id, facts));
      const funded = { deposit_id, inbound: inbound(), facts, journal_id };
      facts = await run('broker_funded', () => steps.recordBrokerFunded(funded));
      return facts.status;
    },
    { name: 'deposit' },
  );
}

function transferOf(message: InboundTransferMessage) {
  const { source: _source, event_id: _event, state: _state, ...transfer } = message;
  return transfer;
}

async function sendToMint(
  { circle, config }: DepositPorts,
  id: string,
  facts: DepositFacts,
): Promise<string> {
  const { id: transferId } = await circle.createTransfer({
    idempotencyKey: idempotencyKey(id, 'off_ramp:1'),
    walletId: facts.circle_wallet_id,
    tokenId: usdcTokenId(config.circle.network, facts.chain),
    destinationAddress: facts.mint_address ?? '',
    amount: facts.amount_usd ?? '',
    refId: offRampReference(id, 1),
    feeLevel: 'MEDIUM',
  });
  return transferId;
}

async function fund({ alpaca, config }: DepositPorts, id: string, facts: DepositFacts): Promise<string> {
  const journal = await alpaca.createJournal({
    idempotencyKey: idempotencyKey(id, 'journal:1'),
    fromAccountId: config.alpaca.firmAccountId,
    toAccountId: facts.alpaca_account_id ?? '',
    amount: facts.amount_usd ?? '',
    description: `deposit:${id}:journal:1`,
  });
  if (journal.providerState !== 'EXECUTED' && journal.providerState !== 'executed')
    throw new Error(`the journal is ${journal.providerState}`);
  return journal.id;
}
