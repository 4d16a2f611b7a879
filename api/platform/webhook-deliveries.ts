/** The delivery log of a webhook endpoint, and sending again. */
import { z } from 'zod';
import {
  type DeliveryRow,
  findDelivery,
  findEndpoint,
  listDeliveries,
  resendDelivery,
} from '../../db/platform/webhook-endpoint-queries.ts';
import { STAFF_ROLES } from '../../domain/platform/user.ts';
import { isoTime, isoTimeOrNull, line, timestamp, uuid } from '../fields.ts';
import { page, pageOf, pageQuery, pageRequest } from '../pagination.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';

const deliverySchema = z
  .strictObject({
    id: z.uuid(),
    message_id: z.string().describe('The `webhook-id` header: the same in every try.'),
    type: z.string(),
    subject_id: z.uuid().nullable(),
    state: z.enum(['pending', 'delivered', 'failed']).describe('failed: given up.'),
    attempts: z.int(),
    next_attempt_at: timestamp.nullable(),
    delivered_at: timestamp.nullable(),
    created_at: timestamp,
  })
  .meta({ id: 'WebhookDelivery' });

const loggedSchema = deliverySchema
  .extend({
    payload: z.string().describe('The body, as it is signed and sent.'),
    log: z.array(
      z.strictObject({
        number: z.int(),
        http_status: z.int().nullable(),
        error: z.string().nullable().describe('Why it did not count as delivered.'),
        answer: z.string().nullable().describe('The beginning of what came back.'),
        duration_ms: z.int(),
        at: timestamp,
      }),
    ),
  })
  .meta({ id: 'WebhookDeliveryLog' });

function present(row: DeliveryRow): z.infer<typeof deliverySchema> {
  return {
    id: row.id,
    message_id: `msg_${row.message_id}`,
    type: row.type,
    subject_id: row.subject_id,
    state: row.state,
    attempts: row.attempts,
    next_attempt_at: isoTimeOrNull(row.next_attempt_at),
    delivered_at: isoTimeOrNull(row.delivered_at),
    created_at: isoTime(row.created_at),
  };
}

const getDeliveries = defineRoute(
  {
    method: 'GET',
    path: '/v1/webhook-endpoints/:endpoint_id/deliveries',
    operationId: 'listWebhookDeliveries',
    tag: 'webhook-endpoints',
    summary: 'The delivery log',
    access: STAFF_ROLES,
    params: z.strictObject({ endpoint_id: uuid }),
    query: z.strictObject({
      ...pageQuery,
      state: z.enum(['pending', 'delivered', 'failed']).optional(),
      type: line(1, 100).optional(),
    }),
    responses: {
      200: { description: 'Newest first.', schema: page(deliverySchema).meta({ id: 'WebhookDeliveryPage' }) },
    },
    problems: ['not_found'],
  },
  async ({ params: { endpoint_id }, query }, deps) => {
    const asked = pageRequest(query);
    if (!(await findEndpoint(deps.database, endpoint_id))) throw new ProblemError('not_found');
    const filter = { state: query.state, type: query.type };
    const rows = await listDeliveries(deps.database, endpoint_id, asked, filter);
    return { status: 200, body: pageOf(rows, query.limit, present) };
  },
);

const params = z.strictObject({ endpoint_id: uuid, delivery_id: uuid });

const getDelivery = defineRoute(
  {
    method: 'GET',
    path: '/v1/webhook-endpoints/:endpoint_id/deliveries/:delivery_id',
    operationId: 'getWebhookDelivery',
    tag: 'webhook-endpoints',
    summary: 'One delivery with every try',
    access: STAFF_ROLES,
    params,
    responses: { 200: { description: 'What was sent, and what came back.', schema: loggedSchema } },
    problems: ['not_found'],
  },
  async ({ params: { endpoint_id, delivery_id } }, deps) => {
    const row = await findDelivery(deps.database, endpoint_id, delivery_id);
    if (!row) throw new ProblemError('not_found');
    return { status: 200, body: { ...present(row), payload: row.payload, log: [...row.log] } };
  },
);

const resend = defineRoute(
  {
    method: 'POST',
    path: '/v1/webhook-endpoints/:endpoint_id/deliveries/:delivery_id/resend',
    operationId: 'resendWebhookDelivery',
    tag: 'webhook-endpoints',
    summary: 'Send a delivery again',
    description: 'At once, under the same message id, and with as many tries as a new one.',
    access: ['admin'],
    params,
    responses: { 202: { description: 'It is on its way.', schema: deliverySchema } },
    problems: ['not_found', 'webhook_endpoint_off'],
  },
  async ({ params: { endpoint_id, delivery_id } }, deps) => {
    const endpoint = await findEndpoint(deps.database, endpoint_id);
    if (!endpoint) throw new ProblemError('not_found');
    if (endpoint.status !== 'enabled') throw new ProblemError('webhook_endpoint_off');
    await resendDelivery(deps.database, endpoint_id, delivery_id);
    const row = await findDelivery(deps.database, endpoint_id, delivery_id);
    if (!row) throw new ProblemError('not_found');
    return { status: 202, body: present(row) };
  },
);

export const webhookDeliveryRoutes = [getDeliveries, getDelivery, resend];
