/** What can be said to the workflow of a webhook endpoint. */
import { defineSignal } from '@temporalio/workflow';

export interface WebhookDeliveryInput {
  readonly endpoint_id: string;
}

/** Something new is to be delivered: look now. */
export const deliveriesWait = defineSignal<[]>('deliveriesWait');
