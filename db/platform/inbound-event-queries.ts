/** Storing what providers send, and finding who must hear of it; the rules are in db/functions/05-inbound.sql. */
import {
  type CircleReport,
  inboundMessage,
  type MintReport,
  mintMessage,
  operationOf,
  outboundMessage,
} from '../../domain/funding/transfer-report.ts';
import type { Database } from '../client.ts';
import { depositIdOf } from '../derived-id.ts';

/** A message for a workflow. */
export interface WorkflowSignal {
  readonly workflow_id: string;
  readonly user_id: string | null;
  readonly message: Record<string, unknown> & { readonly source: string; readonly event_id: string };
}

export interface ReceivedEvent {
  /** True when this very event was stored before. */
  readonly duplicate: boolean;
  readonly signals: readonly WorkflowSignal[];
}

/** The provider's own id of the event, stable over its repeats, and the body as it came. */
export interface EventSource {
  readonly eventId: string;
  readonly payload: unknown;
}

async function receive(
  database: Database,
  name: string,
  row: Record<string, unknown>,
): Promise<ReceivedEvent> {
  const [answer] = await database.prepared<{ result: ReceivedEvent }>(name, `select ${name}($1) as result`, [
    JSON.stringify(row),
  ]);
  if (!answer) throw new Error(`${name} answered nothing`);
  return answer.result;
}

/** Stores Circle's word about a transaction of a customer's wallet. */
export function receiveCircleReport(
  database: Database,
  source: EventSource,
  report: CircleReport,
): Promise<ReceivedEvent> {
  const row = {
    provider: 'circle',
    provider_event_id: source.eventId,
    reference: report.id,
    tx_hash: report.txHash,
    payload: source.payload,
  };
  if (report.direction !== 'outbound') {
    return receive(database, 'receive_inbound_transfer', {
      ...row,
      kind: 'circle.inbound',
      message: inboundMessage(report),
      deposit_id: depositIdOf(report.id),
    });
  }
  const operation = operationOf(report.refId);
  return receive(database, 'receive_outbound_transfer', {
    ...row,
    kind: 'circle.outbound',
    message: outboundMessage(report),
    lifecycle: operation?.lifecycle,
    subject_id: operation?.subjectId,
    step: operation?.step,
  });
}

/** Stores Mint's word about a transfer that reached our deposit address. */
export function receiveMintReport(
  database: Database,
  source: EventSource,
  report: MintReport,
): Promise<ReceivedEvent> {
  return receive(database, 'receive_mint_transfer', {
    provider: 'mint',
    provider_event_id: source.eventId,
    kind: 'mint.transfer',
    reference: report.id,
    tx_hash: report.txHash,
    payload: source.payload,
    message: mintMessage(report),
  });
}

/** Stores an event that no workflow needs, so that nothing a provider said is lost. */
export async function keepEvent(
  database: Database,
  event: {
    readonly provider: string;
    readonly eventId: string;
    readonly kind: string;
    readonly payload: unknown;
  },
): Promise<void> {
  await database.query(
    `insert into inbound_events (provider, provider_event_id, kind, payload, message, processed_at)
     values ($1, $2, $3, $4, '{}', now()) on conflict (provider, provider_event_id) do nothing`,
    [event.provider, event.eventId, event.kind, JSON.stringify(event.payload)],
  );
}

/** Marks events that nobody needs any more. */
export async function finishEvents(database: Database, ids: readonly string[]): Promise<void> {
  await database.query('select finish_event(id) from unnest($1::bigint[]) as id', [ids]);
}

/** Events that nobody has used for a while: their signals, to be sent again. */
export async function openEvents(
  database: Database,
  olderThanSeconds: number,
  limit: number,
): Promise<WorkflowSignal[]> {
  const [row] = await database.query<{ result: WorkflowSignal[] }>('select open_events($1, $2) as result', [
    olderThanSeconds,
    limit,
  ]);
  return row?.result ?? [];
}
