/** Looks for new outgoing webhooks for ever, and wakes the workflows of their endpoints. */
import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { WebhookDeliveryActivities } from '../../activities/platform/webhook-delivery.ts';
import type { WebhookDispatchInput } from '../../domain/platform/webhook.ts';
import { showCard } from '../runtime/card.ts';
import { goesAlongWithNewVersions } from '../runtime/versions.ts';

/** Rounds in one run: a run's history stays small enough to be read by people. */
const ROUNDS_PER_RUN = 20;

/** Whichever worker lives does the looking; one that stops reporting is replaced within the heartbeat's limit. */
export async function webhookDispatch(input: WebhookDispatchInput): Promise<never> {
  const { announceWebhooks } = proxyActivities<Pick<WebhookDeliveryActivities, 'announceWebhooks'>>({
    startToCloseTimeout: input.roundSeconds * 1000 + 60_000,
    heartbeatTimeout: '10 seconds',
    retry: { initialInterval: '250 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
    summary: 'Tell endpoints of what is to be delivered',
  });
  for (let round = 1; round <= ROUNDS_PER_RUN && !workflowInfo().continueAsNewSuggested; round += 1) {
    showCard(
      `**Looking for outgoing webhooks** (round ${round} of this run). Who must act: nobody. If the activity keeps ` +
        'failing, new events stay in the database and are delivered when it works again.',
    );
    await announceWebhooks(input);
  }
  return continueAsNew<typeof webhookDispatch>(input);
}

goesAlongWithNewVersions(webhookDispatch);
