/** Webhook endpoints and their delivery log, as the API shows and changes them. */
import type { Role } from '../../domain/platform/user.ts';
import type { Database } from '../client.ts';
import type { PageRequest } from '../page.ts';
import type { SealedSecret } from './webhook-secret.ts';

export interface EndpointRow {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  readonly event_types: readonly string[];
  readonly status: 'enabled' | 'disabled';
  readonly disabled_reason: string | null;
  readonly disabled_at: Date | null;
  readonly failing_since: Date | null;
  readonly secrets: readonly SealedSecret[];
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly cursor_at: string;
}

export interface DeliveryRow {
  readonly id: string;
  readonly message_id: string;
  readonly type: string;
  readonly subject_id: string | null;
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly attempts: number;
  readonly next_attempt_at: Date | null;
  readonly delivered_at: Date | null;
  readonly created_at: Date;
  readonly cursor_at: string;
}

export interface AttemptRow {
  readonly number: number;
  readonly http_status: number | null;
  readonly error: string | null;
  readonly answer: string | null;
  readonly duration_ms: number;
  readonly at: string;
}

/** Who changes what, for the audit. */
interface EndpointChange {
  readonly id: string;
  readonly action:
    | 'webhook_endpoint_created'
    | 'webhook_endpoint_changed'
    | 'webhook_endpoint_deleted'
    | 'webhook_secret_rotated';
  readonly by: string;
  readonly role: Role;
  readonly request_id: string;
  readonly url?: string | undefined;
  readonly description?: string | undefined;
  readonly event_types?: readonly string[] | undefined;
  readonly status?: 'enabled' | 'disabled' | undefined;
  readonly secrets?: readonly SealedSecret[];
  readonly delete?: true;
}

const UTC = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;
const ENDPOINT = `id, url, description, event_types, status, disabled_reason, disabled_at, failing_since, secrets,
  created_at, updated_at, to_char(created_at at time zone 'UTC', ${UTC}) as cursor_at`;
const DELIVERY = `d.id, d.message_id, m.type, m.subject_id, d.state, d.attempts,
  case when d.state = 'pending' then d.next_attempt_at end as next_attempt_at, d.delivered_at, d.created_at,
  to_char(d.created_at at time zone 'UTC', ${UTC}) as cursor_at`;
const AFTER = `(coalesce($1::timestamptz, 'infinity'), coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))`;

/** Endpoints that were not deleted, newest first. */
export function listEndpoints(database: Database, page: PageRequest): Promise<EndpointRow[]> {
  return database.prepared<EndpointRow>(
    'outgoing-endpoint-list',
    `select ${ENDPOINT} from webhook_endpoints where deleted_at is null and (created_at, id) < ${AFTER}
     order by created_at desc, id desc limit $3`,
    [page.at, page.id, page.limit],
  );
}

/** One endpoint. */
export async function findEndpoint(database: Database, id: string): Promise<EndpointRow | undefined> {
  const sql = `select ${ENDPOINT} from webhook_endpoints where id = $1::uuid and deleted_at is null`;
  const [row] = await database.prepared<EndpointRow>('outgoing-endpoint-find', sql, [id]);
  return row;
}

/** Makes or changes an endpoint, audited. @returns false when there is none. */
export async function changeEndpoint(database: Database, change: EndpointChange): Promise<boolean> {
  const [row] = await database.query<{ changed: boolean | null }>(
    'select change_webhook_endpoint($1) as changed',
    [JSON.stringify(change)],
  );
  return row?.changed === true;
}

/** Queues a test for one endpoint. @returns the delivery's id; undefined when the endpoint is off. */
export async function queueTest(
  database: Database,
  endpointId: string,
  type: string,
): Promise<string | undefined> {
  // Two statements: the second one sees what the function of the first has written.
  const [message] = await database.query<{ id: string | null }>(
    'select queue_webhook($1, $2::uuid, $3, $2::uuid) as id',
    [type, endpointId, JSON.stringify({ endpoint_id: endpointId })],
  );
  const [row] = await database.query<{ id: string }>(
    'select id from webhook_deliveries where message_id = $1::uuid and endpoint_id = $2::uuid',
    [message?.id ?? null, endpointId],
  );
  return row?.id;
}

/** The delivery log of an endpoint, newest first. */
export function listDeliveries(
  database: Database,
  endpointId: string,
  page: PageRequest,
  filter: { readonly state?: string | undefined; readonly type?: string | undefined },
): Promise<DeliveryRow[]> {
  return database.prepared<DeliveryRow>(
    'outgoing-delivery-list',
    `select ${DELIVERY} from webhook_deliveries d join webhook_messages m on m.id = d.message_id
     where d.endpoint_id = $4::uuid and (d.created_at, d.id) < ${AFTER}
       and ($5::text is null or d.state = $5) and ($6::text is null or m.type = $6)
     order by d.created_at desc, d.id desc limit $3`,
    [page.at, page.id, page.limit, endpointId, filter.state ?? null, filter.type ?? null],
  );
}

/** One delivery with what was sent and every try. */
export async function findDelivery(
  database: Database,
  endpointId: string,
  id: string,
): Promise<(DeliveryRow & { readonly payload: string; readonly log: readonly AttemptRow[] }) | undefined> {
  const [row] = await database.prepared<DeliveryRow & { payload: string; log: AttemptRow[] }>(
    'outgoing-delivery-find',
    `select ${DELIVERY}, m.payload, coalesce((
       select json_agg(json_build_object('number', a.number, 'http_status', a.http_status, 'error', a.error,
         'answer', a.answer, 'duration_ms', a.duration_ms,
         'at', to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) order by a.number)
       from webhook_attempts a where a.delivery_id = d.id), '[]') as log
     from webhook_deliveries d join webhook_messages m on m.id = d.message_id
     where d.endpoint_id = $1::uuid and d.id = $2::uuid`,
    [endpointId, id],
  );
  return row;
}

/** Sends a delivery again. @returns false when there is none. */
export async function resendDelivery(database: Database, endpointId: string, id: string): Promise<boolean> {
  const [row] = await database.query<{ found: boolean }>('select resend_webhook($1, $2) as found', [
    endpointId,
    id,
  ]);
  return row?.found ?? false;
}
