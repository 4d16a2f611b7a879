/** Wires behind the API's port: the row first, then the workflow; a round of the treasury starts what did not start. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Database } from '../../db/client.ts';
import { treasuryFacts } from '../../db/funding/treasury-queries.ts';
import { newWire } from '../../db/funding/wire-plan.ts';
import { requestWire } from '../../db/funding/wire-steps.ts';
import { askToCancelWire, sayOnWire, startWire } from '../../temporal/signal-wire.ts';
import type { WirePort } from './wire-port.ts';

/** One other person besides the one who asks. */
const APPROVALS_OF_A_REQUEST = 1;

/** The port that server.ts hands to the routes. */
export function createWireGateway(database: Database, temporal: Client, taskQueue: string): WirePort {
  return {
    request: async ({ userId, requestId, operationId, kind, chain, amountUsd, reason }) => {
      const { policy } = await treasuryFacts(database);
      const wish = {
        ...{ id: operationId, kind, chain, amount_usd: amountUsd, reason, requested_by: userId },
        approvals_needed: APPROVALS_OF_A_REQUEST,
      };
      await requestWire(database, { ...newWire(wish, policy, new Date()), request_id: requestId });
      await startWire(temporal, taskQueue, {
        id: operationId,
        summary: `Wire of ${amountUsd} USD, ${kind.replaceAll('_', ' ')}`,
      });
      return operationId;
    },

    vote: async (wireId, { userId, requestId, operationId: _once, approve, note }) => {
      const vote = { user_id: userId, approve, note, request_id: requestId };
      try {
        return (await sayOnWire(temporal, wireId, vote)).outcome;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'not_waiting';
        throw error;
      }
    },

    cancel: async (wireId, { userId, requestId, note }) => {
      try {
        const wish = { user_id: userId, note, request_id: requestId };
        return (await askToCancelWire(temporal, wireId, wish)).canceled;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
  };
}
