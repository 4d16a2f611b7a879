/** What has not ended, in words for the message of a test that waited for it. */
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { Pool } from 'pg';
import type { Config } from '../../config.ts';
import { createTemporalClient } from '../../temporal/client.ts';

const NEWEST = 12;

interface Open {
  readonly workflow: string;
  /** Its state, what it waits for, and what people are asked. */
  readonly at: string;
}

/** Deposits and withdrawals that are open. */
async function openInRows(pool: Pool): Promise<Open[]> {
  const { rows } = await pool.query<Open>(
    `select lifecycle || ':' || id as workflow, concat_ws(', ', status, 'waits for ' || waiting_for,
         (select string_agg(reason || ': ' || detail, ', ') from reviews
          where subject_id = id and decided_at is null)) as at
     from (select 'deposit' as lifecycle, id, status::text, waiting_for from deposits where status <> 'broker_funded'
           union all
           select 'withdrawal', id, status::text, waiting_for from withdrawals where status <> 'complete') x`,
  );
  return rows;
}

/** The same in words, each with what its workflow does. */
export async function leftOpen(pool: Pool, temporal: Client): Promise<string[]> {
  const rows = await openInRows(pool);
  return Promise.all(
    rows.map(async ({ workflow, at }) => `${await runInWords(temporal, workflow)}, is ${at}`),
  );
}

/** How far a workflow is, and what the engine waits for. */
export async function runInWords(temporal: Client, workflow: string): Promise<string> {
  const { raw } = await temporal.workflow.getHandle(workflow).describe();
  const { historyLength, versioningInfo } = raw.workflowExecutionInfo ?? {};
  const { attempt, state } = raw.pendingWorkflowTask ?? {};
  const calls = (raw.pendingActivities ?? []).map(
    ({ activityType, attempt: tries, lastFailure }) =>
      `${activityType?.name} try ${tries}${lastFailure ? ` after ${lastFailure.message}` : ''}`,
  );
  return [
    `${workflow}: ${historyLength} events on ${versioningInfo?.deploymentVersion?.buildId ?? 'no version'}`,
    raw.pendingWorkflowTask ? `task try ${attempt} in state ${state}` : 'no task',
    ...calls,
  ].join(', ');
}

/** The same with the newest events, for whoever has no client at hand: what a wait that has failed says besides. */
export async function whereItStands(config: Config, workflow: string): Promise<string> {
  const temporal = await createTemporalClient(config);
  try {
    const { history } = await temporal.workflowService.getWorkflowExecutionHistoryReverse({
      namespace: temporal.options.namespace,
      execution: { workflowId: workflow },
      maximumPageSize: NEWEST,
    });
    const events = (history?.events ?? []).map(({ eventId, eventType, eventTime }) => {
      const at = new Date(Number(eventTime?.seconds ?? 0) * 1_000 + Number(eventTime?.nanos ?? 0) / 1e6);
      const { EventType } = proto.temporal.api.enums.v1;
      return `${eventId} ${EventType[eventType ?? 0]?.replace('EVENT_TYPE_', '')} ${at.toISOString().slice(11, 23)}`;
    });
    const now = new Date().toISOString().slice(11, 23);
    return `${await runInWords(temporal, workflow)}; at ${now}, newest first: ${events.join(', ')}`;
  } finally {
    await temporal.connection.close();
  }
}
