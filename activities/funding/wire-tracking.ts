/** Where a wire is: what the sender says of the order, and whether it shows up at the other end. */
import { type Arrival, claimArrival } from '../../db/funding/wire-steps.ts';
import type { WireFacts } from '../../domain/funding/wire-facts.ts';
import { parseUnits } from '../../domain/money.ts';
import { Unclear } from '../../domain/provider-error.ts';
import type { WireNews } from '../../workflows/funding/wire-messages.ts';
import { withFailures } from '../failure.ts';
import { idempotencyKey } from '../idempotency-key.ts';
import type { ActivityPorts } from '../ports.ts';
import type { AlpacaTransfer } from '../providers/alpaca/mapping.ts';
import { lookUpSince } from './look-up.ts';

type TrackingPorts = Pick<ActivityPorts, 'database' | 'circle' | 'mint' | 'alpaca' | 'config'>;

interface Tracked {
  readonly wire_id: string;
  readonly facts: WireFacts;
}

/** Clocks of the companies may differ from ours by this much. */
const CLOCK_MARGIN_MS = 10 * 60_000;

const NOTHING: WireNews = {
  ...{ source: 'wire.look_up', state: 'sent', detail: null },
  ...{ tracking_ref: null, arrival_ref: null, arrived_usd: null },
};

/** The look-ups of a wire as activities. */
export function createWireTrackingActivities(ports: TrackingPorts) {
  const ways = {
    mint_to_alpaca: trackPayout,
    alpaca_to_mint: trackFirmWire,
    mint_to_wallet: trackPurchase,
    wallet_to_mint: trackSale,
  } as const;
  return withFailures({
    /** What both companies say now; null when it is what we know already. */
    trackWire: async (input: Tracked): Promise<WireNews | null> => {
      const news = await ways[input.facts.kind](ports, input, input.facts.provider_ref ?? '');
      return news && isNew(news, input.facts) ? news : null;
    },
  });
}

function isNew({ state }: WireNews, { status }: WireFacts): boolean {
  if (status === 'complete') return state === 'returned';
  return state !== 'sent' || status === 'initiated';
}

/** A payout of Mint, and what Alpaca's bank has booked since. */
async function trackPayout(ports: TrackingPorts, tracked: Tracked, id: string): Promise<WireNews | null> {
  const payout = await ports.mint.getPayout(id);
  const detail = payout.returnReason ?? payout.errorCode;
  if (payout.outcome === 'pending') return null;
  if (payout.outcome === 'unknown') return { ...NOTHING, state: 'unknown', detail: payout.providerState };
  if (payout.outcome !== 'succeeded') return { ...NOTHING, state: payout.outcome, detail };
  const { trackingRef: tracking_ref } = payout;
  if (tracked.facts.status === 'complete') return null;
  const isOurs = ({ reference, amount }: AlpacaTransfer) =>
    tracking_ref !== null && reference !== null && /CIR/i.test(reference)
      ? reference.includes(tracking_ref)
      : isAmount(amount, tracked.facts);
  const transfers = await ports.alpaca.listTransfers(ports.config.alpaca.firmAccountId);
  const arrivals = transfers
    .filter(
      (transfer) =>
        transfer.direction === 'incoming' &&
        transfer.outcome === 'succeeded' &&
        isSince(transfer.createdAt, tracked.facts) &&
        isOurs(transfer),
    )
    .map(({ id: reference, amount }) => ({ reference, amount }));
  return { ...(await arrived(ports, tracked, 'alpaca', arrivals)), tracking_ref };
}

/** A wire of the firm account, and what Mint has booked since. */
async function trackFirmWire(ports: TrackingPorts, tracked: Tracked, id: string): Promise<WireNews | null> {
  const transfers = await ports.alpaca.listTransfers(ports.config.alpaca.firmAccountId);
  const transfer = transfers.find((one) => one.id === id);
  if (transfer === undefined) {
    const facts = { provider: 'alpaca', operation: 'listTransfers', code: 'not_on_page' } as const;
    throw new Unclear('alpaca listTransfers: the wire is not among the newest', facts);
  }
  if (transfer.outcome === 'pending') return null;
  if (transfer.outcome === 'unknown') return { ...NOTHING, state: 'unknown', detail: transfer.providerState };
  if (transfer.outcome !== 'succeeded') {
    return { ...NOTHING, state: transfer.outcome, detail: transfer.reason ?? transfer.providerState };
  }
  if (tracked.facts.status === 'complete') return null;
  const { items } = await ports.mint.listDeposits({ from: sinceOrder(tracked.facts) });
  const arrivals = items
    .filter(({ outcome, amount }) => outcome === 'succeeded' && isAmount(amount, tracked.facts))
    .map(({ id: reference, amount }) => ({ reference, amount }));
  return arrived(ports, tracked, 'mint', arrivals);
}

/** USDC that Mint sends to our treasury wallet. */
async function trackPurchase(
  { mint }: TrackingPorts,
  { facts }: Tracked,
  id: string,
): Promise<WireNews | null> {
  const transfer = await mint.getTransfer(id);
  const { txHash: tracking_ref, errorCode: detail } = transfer;
  if (transfer.outcome === 'pending') return tracking_ref === null ? null : { ...NOTHING, tracking_ref };
  if (transfer.outcome === 'unknown') return { ...NOTHING, state: 'unknown', detail: transfer.providerState };
  if (transfer.outcome !== 'succeeded') return { ...NOTHING, state: transfer.outcome, detail };
  const arrival_ref = tracking_ref ?? id;
  return { ...NOTHING, state: 'arrived', tracking_ref, arrival_ref, arrived_usd: facts.amount_usd };
}

/** USDC that our treasury wallet sends to Mint. */
async function trackSale(
  { circle, mint }: TrackingPorts,
  { facts }: Tracked,
  id: string,
): Promise<WireNews | null> {
  const transaction = await circle.getTransaction(id);
  const { txHash } = transaction;
  if (transaction.outcome === 'failed') {
    return { ...NOTHING, state: 'failed', detail: transaction.errorReason ?? transaction.state };
  }
  if (!txHash) return null;
  const credited = await mint.findTransferByHash({ txHash, amount: facts.amount_usd, since: lookUpSince() });
  if (credited?.outcome !== 'succeeded') return { ...NOTHING, tracking_ref: txHash };
  const arrival_ref = credited.id;
  return { ...NOTHING, state: 'arrived', tracking_ref: txHash, arrival_ref, arrived_usd: credited.amount };
}

/** One arrival completes one wire, also where two wires of the same amount are on their way. */
async function arrived(
  { database }: TrackingPorts,
  { wire_id }: Tracked,
  provider: 'mint' | 'alpaca',
  newestFirst: readonly Arrival[],
): Promise<WireNews> {
  const key = idempotencyKey(wire_id, 'arrival:1');
  const claim = { id: wire_id, provider, key, arrivals: newestFirst.toReversed() };
  const arrival = newestFirst.length === 0 ? null : await claimArrival(database, claim);
  if (arrival === null) return NOTHING;
  return { ...NOTHING, state: 'arrived', arrival_ref: arrival.reference, arrived_usd: arrival.amount };
}

function isAmount(amount: string, { amount_usd }: WireFacts): boolean {
  return parseUnits(amount) === parseUnits(amount_usd);
}

function sinceOrder({ initiated_at, since }: WireFacts): string {
  return new Date(Date.parse(initiated_at ?? since) - CLOCK_MARGIN_MS).toISOString();
}

function isSince(createdAt: string | null, facts: WireFacts): boolean {
  return createdAt === null || Date.parse(createdAt) >= Date.parse(sinceOrder(facts));
}

export type WireTrackingActivities = ReturnType<typeof createWireTrackingActivities>;
