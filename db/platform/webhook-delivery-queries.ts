/** The sending side of outgoing webhooks: what is to be announced, taken, written down, forgotten. */
import type { Database } from '../client.ts';
import type { SealedSecret } from './webhook-secret.ts';

/** Deliveries of one endpoint whose workflow has not been told of them. */
export interface Unannounced {
  readonly endpoint_id: string;
  readonly delivery_ids: readonly string[];
}

/** What an endpoint's turn needs to send. */
export interface ClaimedDeliveries {
  readonly url: string;
  readonly secrets: readonly SealedSecret[];
  readonly deliveries: readonly {
    readonly id: string;
    readonly message_id: string;
    readonly attempt: number;
    /** This one included; counted anew when it is sent again. */
    readonly tries: number;
    /** Since the first try. */
    readonly failing_seconds: number;
    readonly payload: string;
  }[];
  readonly pending: number;
  readonly next_in_seconds: number | null;
  readonly policy: Readonly<Record<string, unknown>> | null;
}

/** What became of one try. Without an error it was delivered; without a retry it is given up. */
export interface DeliveryResult {
  readonly id: string;
  readonly attempt: number;
  readonly http_status?: number;
  readonly error?: string;
  readonly answer?: string;
  readonly duration_ms: number;
  readonly retry_in_seconds?: number;
  readonly gone?: boolean;
}

const ENABLED = `exists (select from webhook_endpoints e
  where e.id = d.endpoint_id and e.status = 'enabled' and e.deleted_at is null)`;

/** New deliveries by endpoint, and forgotten ones: due for long, and nobody has taken them. */
export function findUnannounced(
  database: Database,
  limit: number,
  forgottenAfterSeconds: number | null,
): Promise<Unannounced[]> {
  return database.prepared<Unannounced>(
    'outgoing-webhooks-unannounced',
    `select endpoint_id, array_agg(id) as delivery_ids from (
       (select d.endpoint_id, d.id from webhook_deliveries d
        where d.state = 'pending' and d.announced_at is null and ${ENABLED} limit $1)
       union
       (select d.endpoint_id, d.id from webhook_deliveries d
        where $2::float8 is not null and d.state = 'pending'
          and d.next_attempt_at < now() - make_interval(secs => $2) and ${ENABLED} limit $1)
     ) as found group by endpoint_id`,
    [limit, forgottenAfterSeconds],
  );
}

/** Their workflow has been told. */
export async function markAnnounced(database: Database, deliveryIds: readonly string[]): Promise<void> {
  await database.prepared(
    'outgoing-webhooks-announced',
    'update webhook_deliveries set announced_at = now() where id = any ($1::uuid[]) and announced_at is null',
    [deliveryIds],
  );
}

/** Takes due deliveries; nobody else does before the lease is over. */
export async function claimDeliveries(
  database: Database,
  endpointId: string,
  terms: {
    readonly limit: number;
    readonly lease_seconds: number;
    /** Also what was taken and never written down: its taker is dead. */
    readonly reclaim: boolean;
  },
): Promise<ClaimedDeliveries> {
  const [row] = await database.prepared<{ result: ClaimedDeliveries }>(
    'outgoing-webhooks-claim',
    'select webhook_claim($1, $2) as result',
    [endpointId, JSON.stringify(terms)],
  );
  if (!row) throw new Error('webhook_claim answered nothing');
  return row.result;
}

/** Writes down tries, and turns the endpoint off where they say so. */
export async function keepResults(
  database: Database,
  endpointId: string,
  results: readonly DeliveryResult[],
  disableAfterSeconds: number,
): Promise<void> {
  await database.prepared('outgoing-webhooks-results', 'select webhook_results($1, $2, $3)', [
    endpointId,
    JSON.stringify(results),
    disableAfterSeconds,
  ]);
}

/** Deletes a part of the log that is older than it is kept; what is still to be delivered stays. */
export async function deleteOldMessages(database: Database, limit: number): Promise<void> {
  await database.prepared(
    'outgoing-webhooks-forget',
    `delete from webhook_messages where id in (
       select m.id from webhook_messages m
       where m.created_at < now() - make_interval(secs => coalesce((select (value ->> 'keepSeconds')::float8
           from settings where key = 'webhook_policy'), 2592000))
         and not exists (select from webhook_deliveries d where d.message_id = m.id and d.state = 'pending')
       limit $1)`,
    [limit],
  );
}
