/** One turn of an endpoint's deliveries: takes what is due, sends it, writes down what came back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import {
  type ClaimedDeliveries,
  claimDeliveries,
  type DeliveryResult,
  deleteOldMessages,
  findUnannounced,
  keepResults,
  markAnnounced,
} from '../../db/platform/webhook-delivery-queries.ts';
import { openWebhookSecret, secretBytes } from '../../db/platform/webhook-secret.ts';
import {
  type DeliveryTurn,
  retryAfterSeconds,
  type WebhookDispatchInput,
} from '../../domain/platform/webhook.ts';
import { type WebhookPolicy, webhookPolicy } from '../../domain/platform/webhook-policy.ts';
import { announceDeliveries } from '../../temporal/signal-webhook-delivery.ts';
import { withFailures } from '../failure.ts';
import type { ActivityPorts } from '../ports.ts';
import { postWebhook, type WebhookAnswer } from './webhook-request.ts';

type Ports = Pick<ActivityPorts, 'database' | 'config' | 'temporal' | 'log' | 'stopping'>;

/** A turn ends after this long, so that its activity is never taken for dead. */
const TURN_MS = 60_000;
/** Taken at once; written down together. */
const CLAIM_LIMIT = 32;
const LONGEST_TIMEOUT_SECONDS = 60;
/** Longer than the tries of one claim may take. */
const LEASE_SECONDS = 900;
const ANNOUNCE_LIMIT = 2_000;
const FORGOTTEN_EVERY_MS = 30_000;
const FORGET_LIMIT = 5_000;
const HEARTBEAT_EVERY_MS = 2_000;

/** Outgoing webhooks as activities. */
export function createWebhookDeliveryActivities(ports: Ports) {
  return withFailures({
    /** Delivers what is due at an endpoint, until nothing is or the turn is over. */
    deliverWebhooks: async ({ endpoint_id }: { readonly endpoint_id: string }): Promise<DeliveryTurn> => {
      const context = Context.current();
      const beat = setInterval(() => context.heartbeat(), HEARTBEAT_EVERY_MS);
      try {
        return await takeTurn(ports, endpoint_id, context.info.attempt > 1);
      } finally {
        clearInterval(beat);
      }
    },

    /** Looks for new deliveries for a round, and tells their endpoints' workflows of them. */
    announceWebhooks: async (input: WebhookDispatchInput): Promise<{ readonly announced: number }> => {
      const context = Context.current();
      const round = AbortSignal.timeout(input.roundSeconds * 1000);
      const ended = AbortSignal.any([round, context.cancellationSignal, ports.stopping]);
      const beat = setInterval(() => context.heartbeat(), HEARTBEAT_EVERY_MS);
      let announced = 0;
      let lookedForForgotten = 0;
      try {
        await deleteOldMessages(ports.database, FORGET_LIMIT);
        while (!ended.aborted) {
          const isTime = Date.now() - lookedForForgotten > FORGOTTEN_EVERY_MS;
          if (isTime) lookedForForgotten = Date.now();
          announced += await announce(ports, isTime ? input.forgottenAfterSeconds : null);
          await sleep(input.pollSeconds * 1000, undefined, { signal: ended }).catch(() => undefined);
        }
      } finally {
        clearInterval(beat);
      }
      if (context.cancellationSignal.aborted) throw new CancelledFailure('the dispatcher was told to stop');
      return { announced };
    },
  });
}

/** @param afterDeath the sender before died: what it had taken and not written down is taken again. */
async function takeTurn(ports: Ports, endpointId: string, afterDeath: boolean): Promise<DeliveryTurn> {
  const until = Date.now() + TURN_MS;
  const done = { delivered: 0, failed: 0, trouble: null as string | null };
  for (let isFirst = true; ; isFirst = false) {
    const claimed = await claimDeliveries(ports.database, endpointId, {
      limit: CLAIM_LIMIT,
      lease_seconds: LEASE_SECONDS,
      reclaim: afterDeath && isFirst,
    });
    const { pending, next_in_seconds } = claimed;
    const url = originOf(claimed.url);
    if (claimed.deliveries.length === 0) return { url, ...done, pending, next_in_seconds };
    const policy = webhookPolicy(claimed.policy);
    const results = await sendAll(ports, endpointId, claimed, policy);
    await keepResults(ports.database, endpointId, results, policy.disableAfterSeconds);
    for (const { error } of results) {
      done[error === undefined ? 'delivered' : 'failed'] += 1;
      done.trouble = error ?? null;
    }
    if (Date.now() >= until || ports.stopping.aborted) return { url, ...done, pending, next_in_seconds: 0 };
  }
}

async function announce(
  { database, temporal, config }: Ports,
  forgottenAfter: number | null,
): Promise<number> {
  const found = await findUnannounced(database, ANNOUNCE_LIMIT, forgottenAfter);
  for (const { endpoint_id, delivery_ids } of found) {
    await announceDeliveries(temporal, config.temporal.taskQueue, endpoint_id);
    await markAnnounced(database, delivery_ids);
  }
  return found.length;
}

/** The rest of an address may hold a token of its owner's. */
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : '';
}

/** Sends what was claimed, a few at a time. */
async function sendAll(
  ports: Ports,
  endpointId: string,
  claimed: ClaimedDeliveries,
  policy: WebhookPolicy,
): Promise<DeliveryResult[]> {
  const now = Date.now();
  const secrets = claimed.secrets
    .filter(({ expires_at }) => expires_at === null || Date.parse(expires_at) > now)
    .map(({ sealed }) => secretBytes(openWebhookSecret(sealed, endpointId, ports.config.fields)));
  const waiting = [...claimed.deliveries];
  const results: DeliveryResult[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results.push(await sendOne(ports, { url: claimed.url, secrets }, next, policy));
    }
  };
  await Promise.all(Array.from({ length: policy.parallel }, work));
  return results;
}

async function sendOne(
  { config }: Ports,
  endpoint: { readonly url: string; readonly secrets: readonly Buffer[] },
  delivery: ClaimedDeliveries['deliveries'][number],
  policy: WebhookPolicy,
): Promise<DeliveryResult> {
  const { id, attempt, tries, message_id, payload, failing_seconds } = delivery;
  const begun = performance.now();
  const tried = () => ({ id, attempt, duration_ms: Math.round(performance.now() - begun) });
  const failed = (error: string, askedSeconds = 0): DeliveryResult => {
    const pause = retryAfterSeconds(policy, tries, Math.random(), askedSeconds);
    const isOver = failing_seconds + pause > policy.giveUpAfterSeconds;
    return { ...tried(), error, ...(isOver ? {} : { retry_in_seconds: pause }) };
  };
  let answer: WebhookAnswer;
  try {
    answer = await postWebhook({
      ...endpoint,
      messageId: `msg_${message_id}`,
      payload,
      timestamp: Math.floor(Date.now() / 1000),
      timeoutMs: Math.min(policy.timeoutSeconds, LONGEST_TIMEOUT_SECONDS) * 1000,
      allowedNetworks: config.webhooks.allowedNetworks,
    });
  } catch (error) {
    return failed((error as Error).message);
  }
  const { status, text, retryAfterSeconds: asked } = answer;
  const seen = { http_status: status, answer: text };
  if (status >= 200 && status < 300) return { ...tried(), ...seen };
  if (status === 410) return { ...tried(), ...seen, error: 'It answered 410 Gone.', gone: true };
  const redirect = status >= 300 && status < 400 ? ' Redirects are not followed.' : '';
  return { ...failed(`It answered ${status}.${redirect}`, asked), ...seen };
}

export type WebhookDeliveryActivities = ReturnType<typeof createWebhookDeliveryActivities>;
