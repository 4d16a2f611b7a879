/** What the API needs from outside: given by server.ts, or by a test. */
import type { Client } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Database } from '../db/client.ts';
import type { FieldKeys } from '../db/funding/customer-key.ts';
import type { RunTrouble } from '../domain/platform/why.ts';
import type { SmsSender } from './auth/sms.ts';
import type { TokenAuthority } from './auth/tokens.ts';
import type { AddressPort } from './funding/address-port.ts';
import type { OnboardingPort } from './funding/onboarding-port.ts';
import type { ReconciliationPort } from './funding/reconciliation-gateway.ts';
import type { WirePort } from './funding/wire-port.ts';
import type { WithdrawalPort } from './funding/withdrawal-port.ts';
import type { ControlPort } from './platform/control-port.ts';
import type { ReviewPort } from './platform/review-port.ts';
import type { Sealer } from './sealing.ts';

/** Requests per minute. */
export interface RateLimits {
  /** Of one token, or of one address without a token. */
  readonly perMinute: number;
  /** Of one address at the endpoints that check codes, passcodes and tokens. */
  readonly credentialsPerMinute: number;
}

/** What registering webhook endpoints needs. */
export interface OutgoingWebhooks {
  /** Seal the secrets of endpoints. */
  readonly fieldKeys: FieldKeys;
  /** Private networks that endpoints may lie in. */
  readonly allowedNetworks: readonly string[];
}

export interface ApiDeps {
  readonly database: Database;
  readonly temporal: Pick<Client, 'workflowService'>;
  readonly tokens: TokenAuthority;
  readonly sms: SmsSender;
  readonly onboarding: OnboardingPort;
  readonly addresses: AddressPort;
  readonly withdrawals: WithdrawalPort;
  readonly reviews: ReviewPort;
  /** What keeps a workflow from going on; undefined where nothing does. */
  readonly runTrouble: (workflowId: string) => Promise<RunTrouble | undefined>;
  readonly reconciliation: ReconciliationPort;
  readonly controls: ControlPort;
  readonly outgoing: OutgoingWebhooks;
  readonly wires: WirePort;
  readonly codec: PayloadCodec;
  /** Seals answers that are kept for a repeated Idempotency-Key. */
  readonly sealer: Sealer;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly rateLimits: RateLimits;
  /** Address under which the world reaches the API, without a trailing slash. */
  readonly publicUrl: string;
  /** Origins whose scripts may ask the codec endpoint: the Temporal Web UI. */
  readonly codecOrigins: readonly string[];
  /** Address of the Temporal Web UI with its namespace, for links: `http://127.0.0.1:8233/namespaces/default`. */
  readonly temporalUi?: string;
  /** Aborted when the process is about to stop: open streams end, their clients resume elsewhere. */
  readonly stopping?: AbortSignal;
  /** Proxies whose X-Forwarded-For is believed: addresses or networks, as express takes them. Default none. */
  readonly trustedProxies?: readonly string[];
  /** Longest wait for the answer to a write; 15 s unless told. */
  readonly answerDeadlineMs?: number;
  /** Checks every answer against its declaration and fails when it differs. On in tests. */
  readonly checkAnswers?: boolean;
}
