/** What workflows and their callers agree on: names, search attributes, headers, priorities. */
import { defineSearchAttributeKey, type SearchAttributePair, SearchAttributeType } from '@temporalio/common';

/** Header names that carry a request's context through the engine. */
export const REQUEST_ID_HEADER = 'sluice-request-id';
export const TRACE_HEADER = 'traceparent';

/** Typed search attributes: few values each, never personal data, because no codec covers them. */
export const SEARCH = {
  userId: defineSearchAttributeKey('SluiceUserId', SearchAttributeType.KEYWORD),
  area: defineSearchAttributeKey('SluiceArea', SearchAttributeType.KEYWORD),
  lifecycle: defineSearchAttributeKey('SluiceLifecycle', SearchAttributeType.KEYWORD),
  state: defineSearchAttributeKey('SluiceState', SearchAttributeType.KEYWORD),
  review: defineSearchAttributeKey('SluiceReview', SearchAttributeType.KEYWORD),
  /** Ids at the companies and hashes on chain: whatever somebody may ask with. */
  reference: defineSearchAttributeKey('SluiceReference', SearchAttributeType.KEYWORD_LIST),
  amountUsd: defineSearchAttributeKey('SluiceAmountUsd', SearchAttributeType.DOUBLE),
} as const;

export type Area = 'funding' | 'investing' | 'business' | 'platform';

/** Lower is sooner. Money on its way comes before housekeeping. */
const PRIORITY = { money: 2, usual: 3, housekeeping: 5 } as const;

/** What there is to know about a workflow type before it runs. */
export interface WorkflowContract {
  /** Type name, equal to the exported function. */
  readonly type: string;
  readonly area: Area;
  /** How its id is built. */
  readonly id: string;
  readonly priority: number;
  readonly means: string;
}

export const WORKFLOWS = {
  address: {
    type: 'address',
    area: 'funding',
    id: 'address:<address id>',
    priority: PRIORITY.usual,
    means: 'A new withdrawal address rests, is checked and screened, and becomes usable.',
  },
  deposit: {
    type: 'deposit',
    area: 'funding',
    id: 'deposit:<deposit id>',
    priority: PRIORITY.money,
    means: 'USDC that arrived on chain becomes buying power at the broker.',
  },
  withdrawal: {
    type: 'withdrawal',
    area: 'funding',
    id: 'withdrawal:<withdrawal id>',
    priority: PRIORITY.money,
    means: 'Dollars at the broker become USDC at an address of the customer.',
  },
  onboarding: {
    type: 'onboarding',
    area: 'funding',
    id: 'onboarding:<user id>',
    priority: PRIORITY.usual,
    means: 'Account at the broker with KYC, and a wallet per chain.',
  },
  treasury: {
    type: 'treasury',
    area: 'funding',
    id: 'treasury:floats',
    priority: PRIORITY.usual,
    means: 'Keeps the floats within their bounds by wires, and wakes what waits for float.',
  },
  wire: {
    type: 'wire',
    area: 'funding',
    id: 'wire:<wire id>',
    priority: PRIORITY.usual,
    means: 'Our own money from one of our places to another: Circle Mint, Alpaca, a treasury wallet.',
  },
  reconciliation: {
    type: 'reconciliation',
    area: 'funding',
    id: 'reconciliation:main',
    priority: PRIORITY.housekeeping,
    means: "Compares the companies' lists and balances with the ledger.",
  },
  sweep: {
    type: 'sweep',
    area: 'funding',
    id: 'sweep:deposits',
    priority: PRIORITY.housekeeping,
    means: 'Finds transfers whose webhook never came and events whose signal never arrived.',
  },
  reviewEscalation: {
    type: 'reviewEscalation',
    area: 'platform',
    id: 'review-escalation:main',
    priority: PRIORITY.housekeeping,
    means: 'Raises reviews that nobody has decided in time, and tells staff.',
  },
  ledgerSeal: {
    type: 'ledgerSeal',
    area: 'funding',
    id: 'ledger-seal:main',
    priority: PRIORITY.housekeeping,
    means: 'Chains ledger and audit log, so that a later change shows.',
  },
  providerSetup: {
    type: 'providerSetup',
    area: 'platform',
    id: 'provider-setup:main',
    priority: PRIORITY.usual,
    means: 'Wallet set, deposit addresses and subscriptions at the providers.',
  },
  brokerEvents: {
    type: 'brokerEvents',
    area: 'platform',
    id: 'broker-events:<stream>',
    priority: PRIORITY.usual,
    means: "Reads one of the broker's event streams.",
  },
  release: {
    type: 'release',
    area: 'platform',
    id: 'release:<operation id>',
    priority: PRIORITY.usual,
    means: 'Wakes what staff had stopped, when a switch is on again.',
  },
  webhookDispatch: {
    type: 'webhookDispatch',
    area: 'platform',
    id: 'webhook-dispatch:main',
    priority: PRIORITY.housekeeping,
    means: 'Looks for new outgoing webhooks and wakes the workflows of their endpoints.',
  },
  webhookDelivery: {
    type: 'webhookDelivery',
    area: 'platform',
    id: 'webhook-delivery:<endpoint id>',
    priority: PRIORITY.housekeeping,
    means: 'Delivers webhooks to one endpoint, and tries again what failed.',
  },
} as const satisfies Record<string, WorkflowContract>;

/** The search attributes that a lifecycle's workflow has from its first moment. */
export function initialAttributes(facts: {
  readonly lifecycle: string;
  readonly area: Area;
  readonly state: string;
  readonly userId?: string;
  readonly references?: readonly string[];
}): SearchAttributePair[] {
  return [
    { key: SEARCH.lifecycle, value: facts.lifecycle },
    { key: SEARCH.area, value: facts.area },
    { key: SEARCH.state, value: facts.state },
    ...(facts.userId ? [{ key: SEARCH.userId, value: facts.userId }] : []),
    ...(facts.references?.length ? [{ key: SEARCH.reference, value: [...facts.references] }] : []),
  ];
}
