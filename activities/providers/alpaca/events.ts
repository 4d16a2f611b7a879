/** Alpaca's events in our words. */
import { z } from 'zod';
import type { ProviderOutcome } from '../../../domain/provider-error.ts';
import { maybeText } from '../fields.ts';
import { type AlpacaAccountStatus, journalOutcome, toAccountStatus, transferOutcome } from './mapping.ts';

interface EventFacts {
  /** ULID: grows with time, names the event for good, and is the cursor to go on from. */
  readonly eventId: string;
  readonly at: string;
}
/** An account moved from one status to another, or KYC found something. */
interface AlpacaAccountEvent extends EventFacts {
  readonly kind: 'account';
  readonly accountId: string;
  readonly accountNumber: string | null;
  readonly status: AlpacaAccountStatus | null;
  readonly providerState: string | null;
  readonly kycResults: Record<string, unknown> | null;
}
/** A journal moved on. */
interface AlpacaJournalEvent extends EventFacts {
  readonly kind: 'journal';
  readonly journalId: string;
  readonly outcome: ProviderOutcome;
  readonly providerState: string;
  readonly description: string | null;
  /** The key that the journal was asked for with: it names our operation before we know the journal's id. */
  readonly idempotencyKey: string | null;
}
/** A transfer or a bank moved on. */
interface AlpacaFundingEvent extends EventFacts {
  readonly kind: 'funding';
  readonly accountId: string | null;
  readonly entityId: string;
  /** `Transfer`, `BankRelationship`, `WireBank`, `FundingWallet`. */
  readonly entityType: string;
  readonly outcome: ProviderOutcome;
  readonly providerState: string;
  readonly reason: string | null;
}
/** An order moved on; `body` is Alpaca's event as it came. */
interface AlpacaTradeEvent extends EventFacts {
  readonly kind: 'trade';
  readonly accountId: string;
  readonly event: string;
  readonly body: Record<string, unknown>;
}
/** Something that is no event as we know them: it is kept for a person, never dropped. */
interface AlpacaUnreadableEvent {
  readonly kind: 'unreadable';
  readonly text: string;
}
export type AlpacaEvent =
  | AlpacaAccountEvent
  | AlpacaJournalEvent
  | AlpacaFundingEvent
  | AlpacaTradeEvent
  | AlpacaUnreadableEvent;

/** The streams of Alpaca, their paths, and the name of the parameter that takes a ULID cursor. */
export const ALPACA_STREAMS = {
  accounts: { path: '/v1/events/accounts/status', cursor: 'since_ulid' },
  journals: { path: '/v2/events/journals/status', cursor: 'since_id' },
  funding: { path: '/v2/events/funding/status', cursor: 'since_id' },
  trades: { path: '/v2/events/trades', cursor: 'since_id' },
} as const;
export type AlpacaStreamName = keyof typeof ALPACA_STREAMS;

const ulid = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/i);
const account = z.object({
  event_ulid: ulid,
  at: z.string(),
  account_id: z.string(),
  account_number: maybeText,
  status_to: maybeText,
  kyc_results: z.record(z.string(), z.unknown()).nullish(),
});
const journal = z.object({
  event_id: ulid,
  at: z.string(),
  journal_id: z.string(),
  status_to: z.string(),
  description: maybeText,
  idempotency_key: maybeText,
});
const funding = z.object({
  event_id: ulid,
  at: z.string(),
  account_id: maybeText,
  entity_id: z.string(),
  entity_type: z.string(),
  status_to: z.string(),
  reason: maybeText,
});
const trade = z.looseObject({ event_id: ulid, at: z.string(), account_id: z.string(), event: z.string() });

/** One `data:` of a stream in our words. */
export function toAlpacaEvent(stream: AlpacaStreamName, text: string): AlpacaEvent {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { kind: 'unreadable', text };
  }
  return READERS[stream](body) ?? { kind: 'unreadable', text };
}

const READERS: Record<AlpacaStreamName, (body: unknown) => AlpacaEvent | undefined> = {
  accounts: (body) => {
    const { data } = account.safeParse(body);
    if (data === undefined) return undefined;
    const providerState = data.status_to ?? null;
    return {
      kind: 'account',
      eventId: data.event_ulid,
      at: data.at,
      accountId: data.account_id,
      accountNumber: data.account_number ?? null,
      status: providerState === null || providerState === '' ? null : toAccountStatus(providerState),
      providerState,
      kycResults: data.kyc_results ?? null,
    };
  },
  journals: (body) => {
    const { data } = journal.safeParse(body);
    if (data === undefined) return undefined;
    return {
      kind: 'journal',
      eventId: data.event_id,
      at: data.at,
      journalId: data.journal_id,
      outcome: journalOutcome(data.status_to),
      providerState: data.status_to,
      description: data.description ?? null,
      idempotencyKey: data.idempotency_key ?? null,
    };
  },
  funding: (body) => {
    const { data } = funding.safeParse(body);
    if (data === undefined) return undefined;
    return {
      kind: 'funding',
      eventId: data.event_id,
      at: data.at,
      accountId: data.account_id ?? null,
      entityId: data.entity_id,
      entityType: data.entity_type,
      outcome: transferOutcome(data.status_to),
      providerState: data.status_to,
      reason: data.reason ?? null,
    };
  },
  trades: (body) => {
    const { data } = trade.safeParse(body);
    if (data === undefined) return undefined;
    const { event_id: eventId, at, account_id: accountId, event } = data;
    return { kind: 'trade', eventId, at, accountId, event, body: data };
  },
};
