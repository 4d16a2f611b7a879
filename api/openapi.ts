/** Generates the OpenAPI 3.1 document from the declarations of the endpoints. */
import { z } from 'zod';
import { type ProblemCode, problemSpec } from '../domain/problem.ts';
import { problemPath, problemSchema } from './problem.ts';
import { problemsOf, type ResponseSpec, type Route, type RouteSpec, wantsIdempotencyKey } from './route.ts';

type Json = Record<string, unknown>;
type Schemas = Record<string, unknown>;

const TITLE = 'Sluice';
const VERSION = '1';
const JSON_TYPE = 'application/json';

/** Builds the document. `publicUrl` becomes the only server. */
export function openApiDocument(routes: readonly Route[], publicUrl: string): Json {
  const schemas: Schemas = {};
  toSchema(problemSchema, 'output', schemas);
  const paths: Record<string, Json> = {};
  for (const { spec } of routes) {
    const path = spec.path.replace(/:([a-z_]+)/g, '{$1}');
    paths[path] = { ...paths[path], [spec.method.toLowerCase()]: operation(spec, schemas) };
  }
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: { title: TITLE, version: VERSION, description: DESCRIPTION },
    servers: [{ url: publicUrl }],
    tags: [...new Set(routes.map(({ spec }) => spec.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        staffCookie: { type: 'apiKey', in: 'cookie', name: 'sluice_staff' },
      },
      parameters: COMMON_PARAMETERS,
      headers: COMMON_HEADERS,
    },
  };
}

const DESCRIPTION = `USDC that customers send becomes buying power at their broker.

Money is written as decimal strings, times as RFC 3339 in UTC. Lists are read page by page with \`limit\` and
\`cursor\`. Every write takes an \`Idempotency-Key\`: repeat a request with the same key until it is answered, and it
happens once. Refusals are RFC 9457 problem details whose \`type\` is the address of a page that explains them.`;

const COMMON_PARAMETERS: Json = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: true,
    description: 'A fresh random value per request, the same again on a retry. Kept for 24 hours.',
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,128}$' },
  },
  RequestId: {
    name: 'X-Request-Id',
    in: 'header',
    required: false,
    description:
      'Your name for the request, 8 to 128 letters, digits and `. _ : -`. Another value is replaced.',
    schema: { type: 'string' },
  },
  StepUpToken: {
    name: 'Step-Up-Token',
    in: 'header',
    required: true,
    description: 'Token of POST /v1/me/passcode, at most five minutes old.',
    schema: { type: 'string' },
  },
};

const header = (description: string) => ({ description, schema: { type: 'string' } });
const COMMON_HEADERS: Json = {
  RequestId: header('Names the request in our logs.'),
  RateLimit: header('Remaining requests (draft-ietf-httpapi-ratelimit-headers).'),
  RateLimitPolicy: header('The budget that the request was counted against.'),
  RetryAfter: header('Seconds to wait before the next try.'),
  WwwAuthenticate: header('How to authenticate (RFC 6750).'),
  Allow: header('The methods of the path.'),
  IdempotentReplayed: header('`true` when the answer was given before.'),
};

const refer = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });

/** A zod schema as JSON Schema 2020-12. Schemas with a name move into `schemas` and are referred to. */
function toSchema(schema: z.ZodType, io: 'input' | 'output', schemas: Schemas): Json {
  const converted = z.toJSONSchema(schema, { target: 'draft-2020-12', io, unrepresentable: 'any' }) as Json;
  const { $schema: _dialect, $defs, ...own } = rewritten(converted) as Json & { $defs?: Schemas };
  for (const [name, definition] of Object.entries($defs ?? {})) schemas[name] = definition;
  return own;
}

/** Points references at the components of the document. */
function rewritten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewritten);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' && typeof inner === 'string'
        ? inner.replace('#/$defs/', '#/components/schemas/')
        : rewritten(inner),
    ]),
  );
}

function operation(spec: RouteSpec, schemas: Schemas): Json {
  const access = spec.access === 'public' ? 'Everybody.' : `Roles: ${spec.access.join(', ')}.`;
  const money = spec.movesMoney ? ' Only for active users whose KYC is approved.' : '';
  return {
    operationId: spec.operationId,
    tags: [spec.tag],
    summary: spec.summary,
    description: [spec.description, `${access}${money}`].filter(Boolean).join('\n\n'),
    parameters: parameters(spec, schemas),
    ...(spec.body
      ? {
          requestBody: {
            required: true,
            content: { [JSON_TYPE]: { schema: toSchema(spec.body, 'input', schemas) } },
          },
        }
      : {}),
    responses: responses(spec, schemas),
    ...(spec.access === 'public'
      ? { security: [] }
      : { security: [{ bearer: [] }, ...(spec.cookie ? [{ staffCookie: [] }] : [])] }),
    'x-roles': spec.access === 'public' ? ['public'] : spec.access,
  };
}

function parameters(spec: RouteSpec, schemas: Schemas): Json[] {
  return [
    ...fields(spec.params, 'path', schemas),
    ...fields(spec.query, 'query', schemas),
    ...(wantsIdempotencyKey(spec) ? [refer('parameters', 'IdempotencyKey')] : []),
    ...(spec.stepUp ? [refer('parameters', 'StepUpToken')] : []),
    refer('parameters', 'RequestId'),
  ];
}

function fields(schema: z.ZodType | undefined, where: 'path' | 'query', schemas: Schemas): Json[] {
  if (!schema) return [];
  const object = toSchema(schema, 'input', schemas) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(object.properties ?? {}).map(([name, { description, ...rest }]) => ({
    name,
    in: where,
    required: where === 'path' || (object.required ?? []).includes(name),
    ...(description ? { description } : {}),
    schema: rest,
  }));
}

function responses(spec: RouteSpec, schemas: Schemas): Json {
  const answers: Json = {};
  for (const [status, response] of Object.entries(spec.responses)) {
    answers[status] = success(spec, response, schemas);
  }
  const byStatus = Map.groupBy(problemsOf(spec), (code) => problemSpec(code).status);
  for (const [status, codes] of [...byStatus].sort(([a], [b]) => a - b))
    answers[status] = refusal(spec, codes);
  return answers;
}

function success(spec: RouteSpec, response: ResponseSpec, schemas: Schemas): Json {
  const type = response.contentType ?? JSON_TYPE;
  const schema = response.schema ? toSchema(response.schema, 'output', schemas) : { type: 'string' };
  const named = Object.entries(response.headers ?? {}).map(([name, text]) => [name, header(text)] as const);
  return {
    description: response.description,
    headers: {
      ...commonHeaders(spec),
      ...Object.fromEntries(named),
    },
    ...(response.schema || response.contentType ? { content: { [type]: { schema } } } : {}),
  };
}

function commonHeaders(spec: RouteSpec): Json {
  return {
    ...(wantsIdempotencyKey(spec) ? { 'Idempotent-Replayed': refer('headers', 'IdempotentReplayed') } : {}),
    'X-Request-Id': refer('headers', 'RequestId'),
    RateLimit: refer('headers', 'RateLimit'),
    'RateLimit-Policy': refer('headers', 'RateLimitPolicy'),
  };
}

function refusal(spec: RouteSpec, codes: readonly ProblemCode[]): Json {
  const later = codes.some((code) => problemSpec(code).retry === 'later');
  const unauthorized = codes.some((code) => problemSpec(code).status === 401);
  const list = codes.map((code) => `- [\`${code}\`](${problemPath(code)}): ${problemSpec(code).title}`);
  return {
    description: `A problem:\n${list.join('\n')}`,
    headers: {
      ...commonHeaders(spec),
      ...(later ? { 'Retry-After': refer('headers', 'RetryAfter') } : {}),
      ...(unauthorized ? { 'WWW-Authenticate': refer('headers', 'WwwAuthenticate') } : {}),
    },
    content: { 'application/problem+json': { schema: refer('schemas', 'Problem') } },
    'x-problem-codes': codes,
  };
}
