/** What the webhook endpoints share: their ports, and the sending of signals after an event is stored. */
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import type { CircleWebhook } from '../../activities/providers/circle/webhook.ts';
import { WebhookRejected } from '../../activities/providers/circle/webhook.ts';
import type { MintWebhook } from '../../activities/providers/mint/webhook.ts';
import type { Database } from '../../db/client.ts';
import { finishEvents, openEvents, type WorkflowSignal } from '../../db/platform/inbound-event-queries.ts';
import { signalWorkflow } from '../../temporal/signal-workflow.ts';
import { ProblemError } from '../problem.ts';
import type { GatheredSignal, Gathering } from './gathering.ts';

export interface WebhookDeps {
  readonly database: Database;
  readonly temporal: Client;
  readonly taskQueue: string;
  readonly circle: CircleWebhook;
  readonly mint: MintWebhook;
  readonly log: Logger;
  /** Tells workflows what was stored. */
  readonly gathering: Gathering;
}

/** A webhook's work; what it throws becomes a problem answer. */
export type Endpoint = (request: Request, response: Response) => Promise<void>;

/**
 * Sends the signal of a stored event. One that does not arrive is no reason to ask the provider for a
 * repeat: the event is stored, and the sweep sends it again.
 */
export async function sendSignal(
  { database, temporal, taskQueue, log }: Pick<WebhookDeps, 'database' | 'temporal' | 'taskQueue' | 'log'>,
  signal: GatheredSignal,
): Promise<void> {
  const { workflow_id, message, earlier = [] } = signal;
  try {
    await signalWorkflow(temporal, taskQueue, signal).catch((error: unknown) => {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      // Another copy of the API has told the deposit what came next, and it has ended: nobody needs this any more.
      return finishEvents(
        database,
        [...earlier, message].map(({ event_id }) => event_id),
      );
    });
  } catch (error) {
    log.warn(
      { workflow_id, event_id: message.event_id, error: String(error) },
      'signal is left to the sweep',
    );
  }
}

/** Tells workflows what a stored event says. */
export async function tellAll({ gathering }: WebhookDeps, signals: readonly WorkflowSignal[]): Promise<void> {
  await Promise.all(signals.map((signal) => gathering.tell(signal)));
}

/** What a copy of the API stored and had not told anybody when it died is older than this when another one starts. */
export const LEFT_OPEN_AFTER_SECONDS = 2;
const LEFT_OPEN_AT_ONCE = 500;

/**
 * Sends the signals of events that are open and were stored a moment ago: those of a copy that died in between, which
 * would wait for the workflows' own look-ups otherwise. Those that another copy has sent are told twice, and no harm.
 */
export async function sendLeftOpen(deps: WebhookDeps): Promise<void> {
  try {
    await tellAll(deps, await openEvents(deps.database, LEFT_OPEN_AFTER_SECONDS, LEFT_OPEN_AT_ONCE));
  } catch (error) {
    deps.log.warn({ error: String(error) }, 'what an earlier copy left open is left to the sweep');
  }
}

/** What could not be believed is 401; anything else (a key is not to be had now) stays an error. */
export function rejected(error: unknown): never {
  if (error instanceof WebhookRejected) {
    throw new ProblemError('webhook_not_verified', `The delivery was turned away: ${error.reason}.`);
  }
  throw error;
}
