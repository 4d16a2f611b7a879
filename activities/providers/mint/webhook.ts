/** Verifies Circle Mint's notifications (Amazon SNS) and puts them into our words. */
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { Unavailable } from '../../../domain/provider-error.ts';
import { createKeyCache } from '../key-cache.ts';
import { WebhookRejected } from '../webhook-rejected.ts';
import { createMintClient, type MintConfig } from './client.ts';
import {
  type MintDeposit,
  type MintPayout,
  type MintTransfer,
  type MintWireAccount,
  toMintDeposit,
  toMintPayout,
  toMintTransfer,
  toMintWireAccount,
} from './mapping.ts';
import * as schema from './schema.ts';
import { checkSnsSignature, isTrustedHost, readCertificate, type SnsMessage, snsMessage } from './sns.ts';
import { createTopicCheck } from './topics.ts';

export { WebhookRejected } from '../webhook-rejected.ts';

/** SNS asks whether the endpoint wants its notifications; answer with `confirm`. */
interface MintSubscriptionConfirmation {
  readonly kind: 'confirmation';
  readonly messageId: string;
  readonly topicArn: string;
  readonly subscribeUrl: string;
}

/** What Mint told us; of the four subjects at most one is there, and none when its shape is not known. */
interface MintNotification {
  readonly kind: 'notification';
  /** The same for every delivery of one event: the key to count it once. */
  readonly messageId: string;
  readonly topicArn: string;
  /** Such as `transfers` or `payouts`. */
  readonly type: string;
  readonly transfer: MintTransfer | null;
  readonly payout: MintPayout | null;
  readonly deposit: MintDeposit | null;
  readonly wireAccount: MintWireAccount | null;
  readonly at: string;
}

interface MintWebhookConfig {
  /** Hosts that certificates and confirmations may come from; see `isTrustedHost`. */
  readonly snsCertificateHosts: readonly string[];
  /**
   * Whether a topic is Circle's. A signature proves only that SNS sent the message, and anybody can own a topic;
   * without this check a notification must be taken as a hint and looked up at Mint before it moves anything.
   */
  readonly isOurTopic?: (topicArn: string) => Promise<boolean>;
}

/** Verifies deliveries and confirms the subscription. */
export interface MintWebhook {
  /**
   * Believes a delivery or rejects it.
   * @throws WebhookRejected for a forged or damaged one; Unavailable when the certificate cannot be fetched now.
   */
  verify(rawBody: Uint8Array): Promise<MintSubscriptionConfirmation | MintNotification>;
  /** Tells SNS that the subscription is wanted. @throws WebhookRejected for a foreign host, Unavailable. */
  confirm(confirmation: MintSubscriptionConfirmation): Promise<void>;
}

const FETCH_TIMEOUT_MS = 5_000;
const MAX_CERTIFICATE = 16 * 1024;

const payload = z.object({
  notificationType: z.string().min(1).max(128),
  transfer: z.unknown().optional(),
  payout: z.unknown().optional(),
  deposit: z.unknown().optional(),
  wire: z.unknown().optional(),
});

/** The verifier that a running product uses: topics are checked against Mint's own list of our subscriptions. */
export function createMintAccountWebhook(config: MintConfig & MintWebhookConfig): MintWebhook {
  const isOurTopic = createTopicCheck(createMintClient(config));
  return createMintWebhook({ snsCertificateHosts: config.snsCertificateHosts, isOurTopic });
}

/** The verifier for one Mint account. */
export function createMintWebhook({ snsCertificateHosts, isOurTopic }: MintWebhookConfig): MintWebhook {
  const findCertificate = createKeyCache<KeyObject>({
    provider: 'mint',
    load: async (url) => readCertificate(await fetchText(url, 'fetchCertificate'), new Date()),
  });
  return {
    verify: async (rawBody) => {
      const message = readMessage(rawBody);
      if (!isTrustedHost(message.SigningCertURL, snsCertificateHosts))
        throw new WebhookRejected('untrusted_host');
      const key = await findCertificate(message.SigningCertURL);
      if (key === null) throw new WebhookRejected('unknown_key');
      checkSnsSignature(message, key);
      // A subscription that is only being confirmed is not in Mint's list yet; confirming a stranger's does no
      // harm, because its notifications are turned away here.
      const isOurs =
        message.Type !== 'Notification' || isOurTopic === undefined || (await isOurTopic(message.TopicArn));
      if (!isOurs) throw new WebhookRejected('untrusted_topic');
      return message.Type === 'Notification' ? toNotification(message) : toConfirmation(message);
    },
    confirm: async ({ subscribeUrl }) => {
      if (!isTrustedHost(subscribeUrl, snsCertificateHosts)) throw new WebhookRejected('untrusted_host');
      await fetchText(subscribeUrl, 'confirmSubscription');
    },
  };
}

function readMessage(rawBody: Uint8Array): SnsMessage {
  try {
    return snsMessage.parse(JSON.parse(Buffer.from(rawBody).toString('utf8')));
  } catch {
    throw new WebhookRejected('unreadable');
  }
}

function toConfirmation(message: SnsMessage): MintSubscriptionConfirmation {
  // "Unsubscribe" confirmations carry a SubscribeURL too; following it would undo the wish to leave.
  if (message.Type !== 'SubscriptionConfirmation' || message.SubscribeURL === undefined) {
    throw new WebhookRejected('unreadable');
  }
  const { MessageId: messageId, TopicArn: topicArn, SubscribeURL: subscribeUrl } = message;
  return { kind: 'confirmation', messageId, topicArn, subscribeUrl };
}

/** Circle: Mint notifications data models; the payload is a JSON string inside the envelope. */
function toNotification(message: SnsMessage): MintNotification {
  let body: z.output<typeof payload>;
  try {
    body = payload.parse(JSON.parse(message.Message));
  } catch {
    throw new WebhookRejected('unreadable');
  }
  const transfer = schema.wireTransfer.safeParse(body.transfer);
  const payout = schema.wirePayout.safeParse(body.payout);
  const deposit = schema.wireDeposit.safeParse(body.deposit);
  const wire = schema.wireBankAccount.safeParse(body.wire);
  return {
    kind: 'notification',
    messageId: message.MessageId,
    topicArn: message.TopicArn,
    type: body.notificationType,
    transfer: transfer.success ? toMintTransfer(transfer.data) : null,
    payout: payout.success ? toMintPayout(payout.data) : null,
    deposit: deposit.success ? toMintDeposit(deposit.data) : null,
    wireAccount: wire.success ? toMintWireAccount(wire.data) : null,
    at: message.Timestamp,
  };
}

/** Certificates and confirmations are small public texts: no credentials are sent and no redirect is followed. */
async function fetchText(url: string, operation: string): Promise<string> {
  const unavailable = (code: string): Unavailable =>
    new Unavailable(`mint ${operation}: ${code}`, { provider: 'mint', operation, code });
  let answer: { status: number; text: string };
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    answer = { status: response.status, text: await response.text() };
  } catch {
    throw unavailable('no_answer');
  }
  // What does not exist is an answer, too: an empty text is no certificate, and remembered as none.
  if (operation === 'fetchCertificate' && (answer.status === 404 || answer.status === 403)) return '';
  if (answer.status < 200 || answer.status > 299) throw unavailable(String(answer.status));
  return answer.text.slice(0, MAX_CERTIFICATE);
}
