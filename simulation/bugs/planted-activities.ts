/** Activities with the mistakes that are planted in them. */
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../clock/engine.ts';
import type { Bugs } from './bugs.ts';

/** What an activity does with a mistake in it. */
export function plantedActivities(all: Activities, bugs: Bugs): Activities {
  if (bugs.size === 0) return all;
  const changed: Record<string, (...input: never[]) => Promise<unknown>> = {};
  if (bugs.has('lost_events_are_never_looked_up')) {
    for (const name of ['lookUpInboundTransfer', 'lookUpOffRamp', 'lookUpJournal', 'lookUpRefund'])
      changed[name] = () => Promise.reject(ApplicationFailure.retryable('nobody looks', 'Unavailable'));
  }
  if (bugs.has('timeout_counts_as_failure')) {
    for (const name of ['startOffRampTransfer', 'createFundingJournal', 'sendRefund']) {
      changed[name] = async (...input) => {
        try {
          return await all[name]?.(...input);
        } catch (error) {
          if (!(error instanceof ApplicationFailure) || error.type !== 'Unclear') throw error;
          throw ApplicationFailure.nonRetryable(error.message, 'Refused');
        }
      };
    }
  }
  if (bugs.has('failed_transfer_stays_booked')) {
    changed.recordOffRampFailed = async (...[input]) => {
      const step = input as unknown as { readonly facts: object };
      const booksNothing = { ...step, facts: { ...step.facts, amount_usd: '0' } };
      return all.recordOffRampFailed?.(booksNothing as never);
    };
  }
  return { ...all, ...changed };
}
