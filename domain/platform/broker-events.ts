/** The broker's event streams that Sluice reads, and how it reads them. */

export const BROKER_STREAMS = ['journals', 'accounts', 'funding'] as const;
export type BrokerStream = (typeof BROKER_STREAMS)[number];

export interface BrokerEventPolicy {
  /** One activity reads this long and then ends by itself, so that its workflow's history stays short. */
  readonly roundSeconds: number;
  /** A stream that says nothing at all for this long, not even a heartbeat comment, is dead: connect anew. */
  readonly muteAfterSeconds: number;
  /** A reader that has not reported for this long is taken for dead, and another worker goes on. */
  readonly heartbeatTimeoutSeconds: number;
  /** Each connection goes back this far behind its cursor: order is promised per account only. */
  readonly overlapSeconds: number;
  /** How far back the very first connection goes. */
  readonly firstLookBackSeconds: number;
}

/** Alpaca: Events API, "restart a few minutes before the last event"; heartbeats come every few seconds. */
export const DEFAULT_BROKER_EVENT_POLICY: BrokerEventPolicy = {
  roundSeconds: 30 * 60,
  muteAfterSeconds: 45,
  heartbeatTimeoutSeconds: 10,
  overlapSeconds: 180,
  firstLookBackSeconds: 3600,
};

/** What starts, and restarts, the reading of a stream. */
export interface BrokerEventsInput {
  readonly stream: BrokerStream;
  readonly policy: BrokerEventPolicy;
}

/** What one round of reading saw. */
export interface BrokerEventsRound {
  readonly events: number;
  readonly connections: number;
  /** Connections given up because nothing came over them. */
  readonly mutes: number;
}
