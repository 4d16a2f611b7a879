/** Wires behind the API's port: the row first, then the workflow; a round of the treasury starts what did not start. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Database } from '../../db/client.ts';
import { treasuryFacts } from '../../db/funding/treasury-queries.ts';
import { newWire } from '../../db/funding/wire-plan.ts';
import { findWire } from '../../db/funding/wire-queries.ts';
import { requestWire } from '../../db/funding/wire-steps.ts';
import { askToCancelWire, sayOnWire, startWire } from '../../temporal/signal-wire.ts';
import type { WirePort } from './wire-port.ts';

/** One other person besides the one who asks. */
const APPROVALS_OF_A_REQUEST = 1;

/** States in which people have a say. */
const OPEN: readonly string[] = ['awaiting_approval', 'planned'];

const summaryOf = (amountUsd: string, kind: string) =>
  `Wire of ${amountUsd} USD, ${kind.replaceAll('_', ' ')}`;

/** The port that server.ts hands to the routes. */
export function createWireGateway(database: Database, temporal: Client, taskQueue: string): WirePort {
  /** Says something to a wire. One whose row is there, and whose workflow did not start, is started by it. */
  const say = async <Answer>(wireId: string, tell: () => Promise<Answer>): Promise<Answer | undefined> => {
    try {
      return await tell();
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
    const row = await findWire(database, wireId);
    if (!row || !OPEN.includes(row.status)) return undefined;
    await startWire(temporal, taskQueue, { id: wireId, summary: summaryOf(row.amount_usd, row.kind) });
    return tell();
  };
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
        summary: summaryOf(amountUsd, kind),
      });
      return operationId;
    },

    vote: async (wireId, { userId, requestId, operationId: _once, approve, note }) => {
      const vote = { user_id: userId, approve, note, request_id: requestId };
      return (await say(wireId, () => sayOnWire(temporal, wireId, vote)))?.outcome ?? 'not_waiting';
    },

    cancel: async (wireId, { userId, requestId, note }) => {
      const wish = { user_id: userId, note, request_id: requestId };
      return (await say(wireId, () => askToCancelWire(temporal, wireId, wish)))?.canceled ?? false;
    },
  };
}
