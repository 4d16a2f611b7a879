/** Whether an SNS topic is one that Circle opened for us: a signature alone proves only that SNS sent a message. */
import type { MintClient } from './client.ts';

/** A flood of foreign topics asks Mint at most this often. */
const ASK_AGAIN_AFTER_MS = 10_000;

/** The check for `createMintWebhook`: topics are fetched once, and again when an unknown one turns up. */
export function createTopicCheck(
  mint: Pick<MintClient, 'subscriptionTopics'>,
  now: () => number = Date.now,
): (topicArn: string) => Promise<boolean> {
  let known = new Set<string>();
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;
  const ask = async (): Promise<void> => {
    askedAt = now();
    known = new Set(await mint.subscriptionTopics());
  };
  return async (topicArn) => {
    if (known.has(topicArn)) return true;
    if (now() - askedAt >= ASK_AGAIN_AFTER_MS) {
      asking ??= ask().finally(() => {
        asking = undefined;
      });
    }
    await asking;
    return known.has(topicArn);
  };
}
