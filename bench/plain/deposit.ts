/** The deposit as tutorials write it: every step an activity of its own, one after the other. */
import { condition, proxyActivities, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import type { BrokerFundingActivities } from '../../activities/funding/broker-funding.ts';
import type { OffRampActivities } from '../../activities/funding/off-ramp.ts';
import type { DepositFacts } from '../../domain/funding/deposit-facts.ts';
import * as postings from '../../domain/funding/deposit-postings.ts';
import { move } from '../../domain/funding/ledger.ts';
import { parseUnits } from '../../domain/money.ts';
import { SEARCH } from '../../workflows/contract.ts';
import {
  type DepositMessage,
  type InboundTransferMessage,
  type MintTransferMessage,
  providerEvent,
} from '../../workflows/funding/deposit-messages.ts';
import type { PlainActivities } from './activities.ts';

type Providers = Pick<OffRampActivities, 'startOffRampTransfer'> &
  Pick<BrokerFundingActivities, 'createFundingJournal'>;

const { insertDeposit, setStatus, postLedger, sendNotice, startOffRampTransfer, createFundingJournal } =
  proxyActivities<PlainActivities & Providers>({ startToCloseTimeout: '1 minute' });

/** Happy path only: the benchmark sends nothing else. */
export async function deposit({ deposit_id: id }: { deposit_id: string }): Promise<{ status: string }> {
  const messages: DepositMessage[] = [];
  setHandler(providerEvent, (message) => void messages.push(message));
  const used = () => messages.flatMap(({ event_id }) => (event_id ? [event_id] : []));

  await condition(() => messages.some(isInbound));
  const {
    source: _source,
    event_id: _event,
    state: _state,
    ...transfer
  } = messages.find(isInbound) as Inbound;
  let facts = await insertDeposit({ id, transfer });
  await condition(() => messages.some(isComplete), '1 hour');

  const amount = Number(facts.amount_stablecoin).toFixed(2);
  const patch = { confirmed_at: 'now', amount_usd: amount, off_ramp_attempt: 1 };
  facts = await setStatus({
    ...{ id, event: 'confirmed', reference: '1' },
    details: { inbound: used(), patch: { ...patch, tx_hash: transfer.tx_hash }, evidence: { ...transfer } },
    operations: [{ provider: 'circle', step: 'off_ramp:1', state: 'intended' }],
  });
  const money = { userId: facts.user_id, walletId: facts.wallet_id, units: parseUnits(amount) };
  const wallet = { account: 'circle_wallet', owner: money.walletId } as const;
  const converting = { account: 'customer_converting', owner: money.userId } as const;
  await postLedger({ id, event: 'confirmed', postings: move(money.units, wallet, converting) });
  await sendNotice({ id, userId: money.userId, state: 'confirmed_on_chain' });

  facts = await offRamp(id, facts, used());
  await postLedger({ id, event: 'off_ramp_started', postings: postings.offRampStarted(money) });
  show(facts);

  await condition(() => messages.some(isCredited), '1 hour');
  const credited = messages.find(isCredited) as MintTransferMessage;
  facts = await setStatus({
    ...{ id, event: 'off_ramp_completed', reference: '1' },
    details: {
      inbound: used(),
      patch: {
        mint_transfer_ref: credited.reference,
        off_ramp_tx_hash: credited.tx_hash,
        off_ramp_completed_at: 'now',
      },
      evidence: { mint_transfer_id: credited.reference },
    },
    operations: [
      { provider: 'circle', step: 'off_ramp:1', state: 'succeeded' },
      { provider: 'alpaca', step: 'journal:1', state: 'intended' },
    ],
  });
  await postLedger({ id, event: 'off_ramp_completed', postings: postings.offRampCompleted(money) });

  const journal = await createFundingJournal({ deposit_id: id, facts });
  if ('float_missing' in journal) throw new Error('the firm account is empty');
  facts = await setStatus({
    ...{ id, event: 'broker_funded', reference: '1' },
    details: {
      inbound: used(),
      patch: { broker_journal_ref: journal.journal_id, broker_funded_at: 'now' },
      evidence: { alpaca_journal_id: journal.journal_id },
    },
    operations: [
      { provider: 'alpaca', step: 'journal:1', state: 'succeeded', more: { reference: journal.journal_id } },
    ],
  });
  await postLedger({ id, event: 'broker_funded', postings: postings.brokerFunded(money) });
  await sendNotice({ id, userId: money.userId, state: 'broker_funded' });
  show(facts);
  return { status: facts.status };
}

type Inbound = InboundTransferMessage;
const isInbound = (message: DepositMessage): message is Inbound => message.source === 'circle.inbound';
const isComplete = (message: DepositMessage) => isInbound(message) && message.state === 'complete';
const isCredited = (message: DepositMessage) =>
  message.source === 'mint.transfer' && message.state === 'complete';

async function offRamp(id: string, facts: DepositFacts, inbound: string[]): Promise<DepositFacts> {
  const { transfer_id } = await startOffRampTransfer({ deposit_id: id, facts });
  return setStatus({
    ...{ id, event: 'off_ramp_started', reference: 'off_ramp:1' },
    details: {
      inbound,
      patch: { circle_transfer_ref: transfer_id, off_ramp_initiated_at: 'now' },
      evidence: { circle_transfer_id: transfer_id },
    },
    operations: [
      { provider: 'circle', step: 'off_ramp:1', state: 'accepted', more: { reference: transfer_id } },
    ],
  });
}

/** The state where support searches, at the same moments as in Sluice. */
function show(facts: DepositFacts): void {
  upsertSearchAttributes([{ key: SEARCH.state, value: facts.status }]);
}
