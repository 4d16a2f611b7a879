/** Delivers to one webhook endpoint for as long as anything is to be delivered there; no endpoint waits for another. */
import { condition, continueAsNew, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow';
import type { WebhookDeliveryActivities } from '../../activities/platform/webhook-delivery.ts';
import type { DeliveryTurn } from '../../domain/platform/webhook.ts';
import { showCard } from '../runtime/card.ts';
import { troubleOf } from '../runtime/outcome.ts';
import { goesAlongWithNewVersions } from '../runtime/versions.ts';
import { deliveriesWait, type WebhookDeliveryInput } from './webhook-messages.ts';

const OWNER = "**The endpoint's owner**; we try again with growing pauses.";
const PAUSE_AFTER_TROUBLE_SECONDS = 60;
/** News that come together are delivered in one turn. */
const GATHER = '100 milliseconds';

/** What is tried again, and when, stands in the database: the run only sleeps until then. */
export async function webhookDelivery(input: WebhookDeliveryInput): Promise<void> {
  let isTold = false;
  setHandler(
    deliveriesWait,
    () => {
      isTold = true;
    },
    { description: 'Something new is to be delivered to this endpoint.' },
  );
  for (;;) {
    isTold = false;
    const pauseSeconds = await turn(input);
    if (pauseSeconds === null) {
      if (!isTold) return;
      continue;
    }
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof webhookDelivery>(input);
    const summary = 'Until the next delivery is due, or there is a new one';
    if (await condition(() => isTold, Math.ceil(pauseSeconds * 1000) + 1, { summary })) {
      await condition(() => false, GATHER, { summary: 'Gather what comes together' });
    }
  }
}

// A backend that is away for days is delivered to for days.
goesAlongWithNewVersions(webhookDelivery);

/** Seconds until there is more to do; null when there is nothing. */
async function turn(input: WebhookDeliveryInput): Promise<number | null> {
  const { deliverWebhooks } = proxyActivities<Pick<WebhookDeliveryActivities, 'deliverWebhooks'>>({
    startToCloseTimeout: '10 minutes',
    // It reports every two seconds: a sender that died is noticed after this.
    heartbeatTimeout: '10 seconds',
    retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '1 minute' },
    summary: 'Send what is due',
  });
  try {
    const done = await deliverWebhooks(input);
    showCard(card(input.endpoint_id, done));
    return done.next_in_seconds;
  } catch (error) {
    showCard(
      `**Cannot send**: ${troubleOf(error).reason}. Who must act: **engineering**, unless this ends by itself.`,
    );
    return PAUSE_AFTER_TROUBLE_SECONDS;
  }
}

function card(endpointId: string, { url, delivered, failed, pending, trouble }: DeliveryTurn): string {
  return [
    pending === 0 ? '**Everything is delivered.**' : `**${pending} deliveries are still to be made.**`,
    '',
    '| | |',
    '| --- | --- |',
    `| Endpoint | ${url.replaceAll('|', '%7C')} |`,
    `| Last turn | ${delivered} delivered, ${failed} failed |`,
    ...(trouble === null ? [] : [`| Last trouble | ${trouble.replaceAll('|', ' ')} |`]),
    `| Who must act | ${trouble === null ? 'Nobody.' : OWNER} |`,
    `| Log | \`/v1/webhook-endpoints/${endpointId}/deliveries\` |`,
  ].join('\n');
}
