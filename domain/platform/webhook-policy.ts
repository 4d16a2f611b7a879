/** How outgoing webhooks are sent and tried again. Read before each try. */

export interface WebhookPolicy {
  /** Pause after the first failed try; it doubles with each further one, give or take a fifth. */
  readonly firstRetrySeconds: number;
  readonly longestRetrySeconds: number;
  /** A delivery that has failed for this long is given up. */
  readonly giveUpAfterSeconds: number;
  /** An endpoint that has taken nothing for this long is turned off. */
  readonly disableAfterSeconds: number;
  /** Longest wait for an endpoint's answer. */
  readonly timeoutSeconds: number;
  /** Deliveries to one endpoint at the same time. */
  readonly parallel: number;
  /** How long both secrets sign after a rotation. */
  readonly rotationSeconds: number;
  /** How long the delivery log is kept. */
  readonly keepSeconds: number;
}

const HOUR = 3600;
const DAY = 24 * HOUR;

const DEFAULT_WEBHOOK_POLICY: WebhookPolicy = {
  firstRetrySeconds: 5,
  longestRetrySeconds: 6 * HOUR,
  giveUpAfterSeconds: 3 * DAY,
  disableAfterSeconds: 5 * DAY,
  timeoutSeconds: 15,
  parallel: 8,
  rotationSeconds: DAY,
  keepSeconds: 30 * DAY,
};

/** The policy with what the settings say instead of the defaults; unknown or malformed entries are ignored. */
export function webhookPolicy(stored: Readonly<Record<string, unknown>> | null | undefined): WebhookPolicy {
  const policy = { ...DEFAULT_WEBHOOK_POLICY };
  for (const name of Object.keys(policy) as (keyof WebhookPolicy)[]) {
    const value = stored?.[name];
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) policy[name] = value;
  }
  return policy;
}
