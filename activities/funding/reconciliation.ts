/** The steps of a reconciliation run in the database, and whom its findings must be told. */
import { Context } from '@temporalio/activity';
import {
  type BegunRun,
  beginRun,
  type Comparison,
  compare,
  endRun,
} from '../../db/funding/reconciliation-steps.ts';
import type { ReconciliationPolicy } from '../../domain/funding/reconciliation.ts';
import { reconciliationRules } from '../../domain/funding/reconciliation-sources.ts';
import { withFailures } from '../failure.ts';
import { tellWorkflow } from '../platform/broker-event-signals.ts';
import type { ActivityPorts } from '../ports.ts';

/** One statement runs for as long as it takes; the heartbeat says that its worker lives. */
const HEARTBEAT_EVERY_MS = 10_000;

type ReconciliationPorts = Pick<ActivityPorts, 'database' | 'temporal' | 'config' | 'log'>;

/** Runs as activities. */
export function createReconciliationActivities(ports: ReconciliationPorts) {
  const { database, config, log } = ports;
  return withFailures({
    /** Begins the run; null while another one is at work. */
    beginReconciliation: (input: {
      readonly run_id: string;
      readonly cause: string;
    }): Promise<BegunRun | null> =>
      beginRun(database, {
        id: input.run_id,
        cause: input.cause,
        firmAccountId: config.alpaca.firmAccountId,
      }),

    /** Compares what was read with the ledger; lifecycles that must hear of something are told. */
    compareStatements: async (input: {
      readonly run_id: string;
      readonly confirm: boolean;
      readonly policy: ReconciliationPolicy;
    }): Promise<Omit<Comparison, 'signals'> & { readonly told: number }> => {
      const { graceSeconds, timeToleranceSeconds } = input.policy;
      const context = Context.current();
      const beat = setInterval(() => context.heartbeat('comparing'), HEARTBEAT_EVERY_MS);
      const { signals, ...figures } = await compare(
        database,
        { id: input.run_id, confirm: input.confirm },
        { ...reconciliationRules(), graceSeconds, timeToleranceSeconds },
      ).finally(() => clearInterval(beat));
      // The events are stored: what cannot be told now is told by the sweep.
      await Promise.all(signals.map((signal) => tellWorkflow(ports, signal)));
      if (figures.opened > 0) log.warn({ run_id: input.run_id, ...figures }, 'reconciliation found breaks');
      return { ...figures, told: signals.length };
    },

    /** Ends the run; an error says why it compared nothing. */
    endReconciliation: (input: { readonly run_id: string; readonly error: string | null }): Promise<void> =>
      endRun(database, input.run_id, input.error),
  });
}

export type ReconciliationActivities = ReturnType<typeof createReconciliationActivities>;
