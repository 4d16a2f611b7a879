/** The one order of a wire: at Mint, at Alpaca or at Circle, inside bank hours, and never twice. */
import { activityInfo } from '@temporalio/activity';
import { markWireUnclear, unclearForSeconds } from '../../db/funding/wire-steps.ts';
import { expectedArrival, sendsFrom } from '../../domain/funding/bank-calendar.ts';
import { bankHoursOf, type TreasuryPolicy, transferHoursOf } from '../../domain/funding/treasury-policy.ts';
import { isBankWire } from '../../domain/funding/wire.ts';
import type { WireFacts } from '../../domain/funding/wire-facts.ts';
import { Unavailable, Unclear } from '../../domain/provider-error.ts';
import { withFailures } from '../failure.ts';
import { idempotencyKey } from '../idempotency-key.ts';
import { refuseRetryWhilePaused } from '../paused.ts';
import type { ActivityPorts } from '../ports.ts';
import { usdcTokenId } from '../providers/circle/chains.ts';
import { type BankLinks, linkAlpacaToMint, linkMintToAlpaca } from './bank-links.ts';
import { asAnswerToRepeat, lookUpSince } from './look-up.ts';
import { orderStep } from './wire.ts';

export type WirePorts = Pick<ActivityPorts, 'database' | 'circle' | 'mint' | 'alpaca' | 'config'>;

/** What became of the order. */
export type WireOrderAnswer =
  | { readonly reference: string; readonly expected_at: string }
  /** Nothing was sent: it is to be asked again at that time. */
  | {
      readonly wait_until: string;
      readonly wait_seconds: number;
      readonly expected_at: string;
      readonly why: 'bank_hours' | 'bank_link';
    };

interface Order {
  readonly wire_id: string;
  readonly facts: WireFacts;
  readonly policy: TreasuryPolicy;
}

const LINK_ASKED_AGAIN_MS = 60_000;

/** Mint has no list of orders by our words: asking again under the same key is the look-up. */
const isAtMint = (kind: WireFacts['kind']): boolean => kind === 'mint_to_alpaca' || kind === 'mint_to_wallet';

/** Our name of an order at Alpaca and Circle: it comes back in their listings. */
function wireReference(wireId: string, attempt: number): string {
  return `wire:${wireId}:${orderStep(attempt)}`;
}

/** The sending side of a wire. */
export function createWireOrderActivities(ports: WirePorts) {
  const { database } = ports;
  return withFailures({
    /**
     * Orders the transfer. Mint and Circle answer a repeated key with the first order. Alpaca knows no key for
     * transfers, so its list is read before each order, and after an unclear answer until the matter has settled.
     */
    sendWire: async (order: Order): Promise<WireOrderAnswer> => {
      const { wire_id, facts, policy } = order;
      const step = orderStep(facts.attempt);
      const hours = isBankWire(facts.kind) ? bankHoursOf(policy) : transferHoursOf(policy);
      const now = new Date();
      const expected_at = expectedArrival(now, hours).toISOString();
      const mayBeThere = activityInfo().attempt > 1 || facts.unclear;
      const known = mayBeThere ? await findOrder(ports, order) : null;
      if (known) return { reference: known, expected_at };
      const from = sendsFrom(now, hours);
      if (from > now) return { ...waitUntil(from, now), expected_at, why: 'bank_hours' };
      await refuseRetryWhilePaused(database, 'wire', wire_id, async (words) => {
        await markWireUnclear(database, { id: wire_id, step, error: `paused by staff: ${words}` });
      });
      try {
        const reference = await orderAt(ports, order);
        if (reference !== null) return { reference, expected_at };
        const again = new Date(now.getTime() + LINK_ASKED_AGAIN_MS);
        return { ...waitUntil(again, now), expected_at, why: 'bank_link' };
      } catch (caught) {
        const operation = { lifecycle: 'wire', id: wire_id, step };
        const error = isAtMint(facts.kind) ? await asAnswerToRepeat(database, operation, caught) : caught;
        if (error instanceof Unclear) {
          await markWireUnclear(database, { id: wire_id, step, error: error.message });
        }
        throw error;
      }
    },
  });
}

function waitUntil(then: Date, now: Date) {
  return { wait_until: then.toISOString(), wait_seconds: (then.getTime() - now.getTime()) / 1000 };
}

/** The order as the company knows it; null when it certainly does not, or when a repeated key is answer enough. */
async function findOrder(ports: WirePorts, { wire_id, facts, policy }: Order): Promise<string | null> {
  const { attempt, amount_usd: amount, circle_wallet_id } = facts;
  if (facts.kind === 'wallet_to_mint') {
    const refId = wireReference(wire_id, attempt);
    const wallet = { walletId: circle_wallet_id ?? '', refId, since: lookUpSince() };
    return (await ports.circle.findTransfer(wallet))?.id ?? null;
  }
  if (facts.kind !== 'alpaca_to_mint') return null;
  const link = await linkAlpacaToMint(ports);
  const found = link && (await findFirmWire(ports, { wire_id, attempt, amount }, link));
  if (found) return found;
  const seconds = await unclearForSeconds(ports.database, wire_id, orderStep(attempt));
  if (seconds !== null && seconds < policy.settleSeconds) {
    const retryAfterMs = Math.ceil((policy.settleSeconds - seconds) * 1000);
    const reason = {
      provider: 'alpaca',
      operation: 'createWire',
      code: 'not_settled',
      retryAfterMs,
    } as const;
    throw new Unavailable('the order may still show up at Alpaca: it is looked up again first', reason);
  }
  return null;
}

/** Sends the order; null while the banks are not linked. */
async function orderAt(ports: WirePorts, { wire_id, facts }: Order): Promise<string | null> {
  const { mint, alpaca, circle, config } = ports;
  const { attempt, amount_usd: amount } = facts;
  const key = idempotencyKey(wire_id, orderStep(attempt));
  switch (facts.kind) {
    case 'mint_to_alpaca': {
      const wireAccountId = await linkMintToAlpaca(ports);
      if (wireAccountId === null) return null;
      return (await mint.createPayout({ idempotencyKey: key, wireAccountId, amount })).id;
    }
    case 'alpaca_to_mint': {
      const link = await linkAlpacaToMint(ports);
      if (link === null) return null;
      const found = await findFirmWire(ports, { wire_id, attempt, amount }, link);
      if (found) return found;
      const reference = firmWireInformation(link, wire_id, attempt);
      const order = { accountId: config.alpaca.firmAccountId, bankId: link.bankId, amount, reference };
      return (await alpaca.createWire(order)).id;
    }
    case 'mint_to_wallet': {
      const { mint_recipient_id: addressId } = facts;
      if (addressId === null) return null;
      return (await mint.createTransfer({ idempotencyKey: key, addressId, amount })).id;
    }
    case 'wallet_to_mint': {
      const { chain, circle_wallet_id: walletId, mint_address: destinationAddress } = facts;
      if (chain === null || walletId === null || destinationAddress === null) return null;
      const sent = await circle.createTransfer({
        idempotencyKey: key,
        walletId,
        tokenId: usdcTokenId(config.circle.network, chain),
        destinationAddress,
        amount,
        refId: wireReference(wire_id, attempt),
        feeLevel: 'MEDIUM',
      });
      return sent.id;
    }
  }
}

/** Mint books a wire by the tracking reference in it; our own reference lets us find it again at Alpaca. */
function firmWireInformation({ trackingRef }: BankLinks, wireId: string, attempt: number): string {
  return `${trackingRef} ${wireReference(wireId, attempt)}`;
}

async function findFirmWire(
  { alpaca, config }: WirePorts,
  wire: { readonly wire_id: string; readonly attempt: number; readonly amount: string },
  link: BankLinks,
): Promise<string | null> {
  const reference = firmWireInformation(link, wire.wire_id, wire.attempt);
  const { firmAccountId: accountId } = config.alpaca;
  return (await alpaca.findWire({ accountId, reference, amount: wire.amount }))?.id ?? null;
}

export type WireOrderActivities = ReturnType<typeof createWireOrderActivities>;
