/** Where the app's backends want to be told of events: endpoints, their secrets, a test. */
import { z } from 'zod';
import { findSettings } from '../../db/platform/setting-queries.ts';
import {
  changeEndpoint,
  type EndpointRow,
  findEndpoint,
  listEndpoints,
  queueTest,
} from '../../db/platform/webhook-endpoint-queries.ts';
import { newWebhookSecret, sealWebhookSecret } from '../../db/platform/webhook-secret.ts';
import { endpointUrlTrouble } from '../../domain/platform/public-address.ts';
import { STAFF_ROLES } from '../../domain/platform/user.ts';
import { EVENT_TYPES, EVERYTHING, TEST_EVENT } from '../../domain/platform/webhook.ts';
import { webhookPolicy } from '../../domain/platform/webhook-policy.ts';
import type { ApiDeps } from '../deps.ts';
import { isoTime, isoTimeOrNull, line, timestamp, uuid } from '../fields.ts';
import { page, pageOf, pageQuery, pageRequest } from '../pagination.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute, type Input } from '../route.ts';
import { validationProblem } from '../validation.ts';

const url = line(1, 2000)
  .refine((value) => URL.canParse(value), { error: 'is not a URL' })
  .describe('https, on the public internet. No redirects are followed.');
const eventTypes = z
  .array(z.enum([EVERYTHING, ...EVENT_TYPES]))
  .min(1)
  .max(EVENT_TYPES.length)
  .describe('`*`: everything, also what is added later.');
const description = line(0, 200);

const endpointSchema = z
  .strictObject({
    id: z.uuid(),
    url: z.string(),
    description: z.string(),
    event_types: z.array(z.string()),
    status: z.enum(['enabled', 'disabled']),
    disabled_reason: z.string().nullable(),
    disabled_at: timestamp.nullable(),
    failing_since: timestamp.nullable().describe('Since when nothing was taken; null while all is well.'),
    secrets: z.int().describe('How many secrets sign now: two for a while after a rotation.'),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'WebhookEndpoint' });

const withSecretSchema = endpointSchema
  .extend({ secret: z.string().describe('Shown this once. Verify signatures with it (Standard Webhooks).') })
  .meta({ id: 'WebhookEndpointWithSecret' });

function present(row: EndpointRow): z.infer<typeof endpointSchema> {
  const { cursor_at: _place, secrets, event_types, ...rest } = row;
  const now = Date.now();
  return {
    ...rest,
    event_types: [...event_types],
    secrets: secrets.filter(({ expires_at }) => expires_at === null || Date.parse(expires_at) > now).length,
    disabled_at: isoTimeOrNull(row.disabled_at),
    failing_since: isoTimeOrNull(row.failing_since),
    created_at: isoTime(row.created_at),
    updated_at: isoTime(row.updated_at),
  };
}

/** The endpoint as it is. @throws {ProblemError} not_found. */
async function found({ database }: ApiDeps, id: string): Promise<EndpointRow> {
  const row = await findEndpoint(database, id);
  if (!row) throw new ProblemError('not_found');
  return row;
}

function checkUrl(value: string | undefined, { outgoing }: ApiDeps): void {
  if (value === undefined) return;
  const trouble = endpointUrlTrouble(new URL(value), outgoing.allowedNetworks);
  if (trouble) throw validationProblem([{ in: 'body', pointer: '/url', detail: `This address ${trouble}.` }]);
}

const actor = ({ caller, requestId }: Pick<Input, 'caller' | 'requestId'>) => ({
  by: caller.userId,
  role: caller.role,
  request_id: requestId,
});

const postEndpoint = defineRoute(
  {
    method: 'POST',
    path: '/v1/webhook-endpoints',
    operationId: 'createWebhookEndpoint',
    tag: 'webhook-endpoints',
    summary: 'Register an endpoint',
    description:
      'Messages follow the Standard Webhooks specification, version 1.0: id, timestamp, signature `v1`.',
    access: ['admin'],
    body: z
      .strictObject({ url, description: description.default(''), event_types: eventTypes })
      .meta({ id: 'WebhookEndpointInput' }),
    responses: { 201: { description: 'The endpoint, with its secret.', schema: withSecretSchema } },
  },
  async (input, deps) => {
    checkUrl(input.body.url, deps);
    const id = input.operationId;
    const secret = newWebhookSecret();
    const secrets = [{ sealed: sealWebhookSecret(secret, id, deps.outgoing.fieldKeys), expires_at: null }];
    const action = 'webhook_endpoint_created';
    await changeEndpoint(deps.database, { id, action, ...input.body, secrets, ...actor(input) });
    return { status: 201, body: { ...present(await found(deps, id)), secret } };
  },
);

const getEndpoints = defineRoute(
  {
    method: 'GET',
    path: '/v1/webhook-endpoints',
    operationId: 'listWebhookEndpoints',
    tag: 'webhook-endpoints',
    summary: 'Endpoints',
    access: STAFF_ROLES,
    query: z.strictObject(pageQuery),
    responses: {
      200: { description: 'Newest first.', schema: page(endpointSchema).meta({ id: 'WebhookEndpointPage' }) },
    },
  },
  async ({ query }, deps) => {
    const rows = await listEndpoints(deps.database, pageRequest(query));
    return { status: 200, body: pageOf(rows, query.limit, present) };
  },
);

const params = z.strictObject({ endpoint_id: uuid });

const getEndpoint = defineRoute(
  {
    method: 'GET',
    path: '/v1/webhook-endpoints/:endpoint_id',
    operationId: 'getWebhookEndpoint',
    tag: 'webhook-endpoints',
    summary: 'One endpoint',
    access: STAFF_ROLES,
    params,
    responses: { 200: { description: 'The endpoint.', schema: endpointSchema } },
    problems: ['not_found'],
  },
  async ({ params: { endpoint_id } }, deps) => ({
    status: 200,
    body: present(await found(deps, endpoint_id)),
  }),
);

const patchEndpoint = defineRoute(
  {
    method: 'PATCH',
    path: '/v1/webhook-endpoints/:endpoint_id',
    operationId: 'updateWebhookEndpoint',
    tag: 'webhook-endpoints',
    summary: 'Change an endpoint, turn it off or on',
    description:
      'Fields that are left out stay. What waited while an endpoint was off is sent when it is on again; what ' +
      'happened meanwhile is not.',
    access: ['admin'],
    params,
    body: z
      .strictObject({
        url: url.optional(),
        description: description.optional(),
        event_types: eventTypes.optional(),
        status: z.enum(['enabled', 'disabled']).optional(),
      })
      .refine((body) => Object.keys(body).length > 0, { error: 'at least one field must be given' })
      .meta({ id: 'WebhookEndpointChange' }),
    responses: { 200: { description: 'The endpoint as it is now.', schema: endpointSchema } },
    problems: ['not_found'],
  },
  async (input, deps) => {
    checkUrl(input.body.url, deps);
    const id = input.params.endpoint_id;
    const change = { id, action: 'webhook_endpoint_changed', ...input.body, ...actor(input) } as const;
    if (!(await changeEndpoint(deps.database, change))) throw new ProblemError('not_found');
    return { status: 200, body: present(await found(deps, id)) };
  },
);

const deleteEndpoint = defineRoute(
  {
    method: 'DELETE',
    path: '/v1/webhook-endpoints/:endpoint_id',
    operationId: 'deleteWebhookEndpoint',
    tag: 'webhook-endpoints',
    summary: 'Delete an endpoint',
    description: 'Nothing is sent there any more.',
    access: ['admin'],
    params,
    responses: { 204: { description: 'It is gone.' } },
    problems: ['not_found'],
  },
  async (input, deps) => {
    const id = input.params.endpoint_id;
    const change = { id, action: 'webhook_endpoint_deleted', delete: true, ...actor(input) } as const;
    if (!(await changeEndpoint(deps.database, change))) throw new ProblemError('not_found');
    return { status: 204 };
  },
);

const rotateSecret = defineRoute(
  {
    method: 'POST',
    path: '/v1/webhook-endpoints/:endpoint_id/rotate-secret',
    operationId: 'rotateWebhookSecret',
    tag: 'webhook-endpoints',
    summary: 'Rotate the secret',
    description: 'For a day both secrets sign, so that the receiver can change over at leisure.',
    access: ['admin'],
    params,
    responses: { 200: { description: 'The endpoint, with its new secret.', schema: withSecretSchema } },
    problems: ['not_found'],
  },
  async (input, deps) => {
    const id = input.params.endpoint_id;
    const [before, [setting]] = await Promise.all([
      found(deps, id),
      findSettings(deps.database, ['webhook_policy']),
    ]);
    const secret = newWebhookSecret();
    const { rotationSeconds } = webhookPolicy(setting?.value);
    const expires_at = new Date(Date.now() + rotationSeconds * 1000).toISOString();
    const secrets = [
      { sealed: sealWebhookSecret(secret, id, deps.outgoing.fieldKeys), expires_at: null },
      ...before.secrets.slice(0, 1).map(({ sealed }) => ({ sealed, expires_at })),
    ];
    const change = { id, action: 'webhook_secret_rotated', secrets, ...actor(input) } as const;
    if (!(await changeEndpoint(deps.database, change))) throw new ProblemError('not_found');
    return { status: 200, body: { ...present(await found(deps, id)), secret } };
  },
);

const testEndpoint = defineRoute(
  {
    method: 'POST',
    path: '/v1/webhook-endpoints/:endpoint_id/test',
    operationId: 'testWebhookEndpoint',
    tag: 'webhook-endpoints',
    summary: `Send a ${TEST_EVENT} event`,
    access: ['admin'],
    params,
    responses: {
      202: {
        description: 'It is on its way; its delivery tells what came back.',
        schema: z.strictObject({ delivery_id: z.uuid() }).meta({ id: 'WebhookTest' }),
      },
    },
    problems: ['not_found', 'webhook_endpoint_off'],
  },
  async ({ params: { endpoint_id } }, deps) => {
    await found(deps, endpoint_id);
    const delivery_id = await queueTest(deps.database, endpoint_id, TEST_EVENT);
    if (delivery_id === undefined) throw new ProblemError('webhook_endpoint_off');
    return { status: 202, body: { delivery_id } };
  },
);

export const webhookEndpointRoutes = [
  postEndpoint,
  getEndpoints,
  getEndpoint,
  patchEndpoint,
  deleteEndpoint,
  rotateSecret,
  testEndpoint,
];
