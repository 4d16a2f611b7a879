/** Generates the OpenAPI 3.1 document from the declarations of the endpoints. */
import { z } from 'zod';
import { type ProblemCode, problemSpec } from '../domain/problem.ts';
import { problemPath, problemSchema } from './problem.ts';
import { problemsOf, type ResponseSpec, type Route, type RouteSpec, wantsIdempotencyKey } from './route.ts';

type Json = Record<string, unknown>;
/** Named parts that operations refer to: schemas, and answers with a problem. */
interface Parts {
  readonly schemas: Json;
  readonly responses: Json;
}

const TITLE = 'Sluice';
const VERSION = '1';
const JSON_TYPE = 'application/json';

/** Builds the document. `publicUrl` becomes the only server. */
export function openApiDocument(routes: readonly Route[], publicUrl: string): Json {
  const parts: Parts = { schemas: {}, responses: {} };
  toSchema(problemSchema, 'output', parts);
  const paths: Record<string, Json> = {};
  for (const { spec } of routes) {
    const path = spec.path.replace(/:([a-z_]+)/g, '{$1}');
    paths[path] = { ...paths[path], [spec.method.toLowerCase()]: operation(spec, parts) };
  }
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: { title: TITLE, version: VERSION, description: DESCRIPTION },
    servers: [{ url: publicUrl }],
    tags: [...new Set(routes.map(({ spec }) => spec.tag))].map((name) => ({ name })),
    paths,
    components: {
      ...parts,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        staffCookie: { type: 'apiKey', in: 'cookie', name: 'sluice_staff' },
      },
      parameters: COMMON_PARAMETERS,
      headers: COMMON_HEADERS,
    },
  };
}

const DESCRIPTION = `USDC that customers send becomes buying power at their broker, and dollars leave it again
as USDC to any address.

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
function toSchema(schema: z.ZodType, io: 'input' | 'output', parts: Parts): Json {
  const converted = z.toJSONSchema(schema, { target: 'draft-2020-12', io, unrepresentable: 'any' }) as Json;
  const { $schema: _dialect, $defs, ...own } = rewritten(converted) as Json & { $defs?: Json };
  for (const [name, definition] of Object.entries($defs ?? {})) parts.schemas[name] = definition;
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

function operation(spec: RouteSpec, parts: Parts): Json {
  const access = spec.access === 'public' ? 'Everybody.' : `Roles: ${spec.access.join(', ')}.`;
  const money = spec.movesMoney ? ' Only for active users whose KYC is approved.' : '';
  return {
    operationId: spec.operationId,
    tags: [spec.tag],
    summary: spec.summary,
    description: [spec.description, `${access}${money}`].filter(Boolean).join('\n\n'),
    parameters: parameters(spec, parts),
    ...(spec.body
      ? {
          requestBody: {
            required: true,
            content: { [JSON_TYPE]: { schema: toSchema(spec.body, 'input', parts) } },
          },
        }
      : {}),
    responses: responses(spec, parts),
    ...(spec.access === 'public'
      ? { security: [] }
      : { security: [{ bearer: [] }, ...(spec.cookie ? [{ staffCookie: [] }] : [])] }),
    'x-roles': spec.access === 'public' ? ['public'] : spec.access,
  };
}

function parameters(spec: RouteSpec, parts: Parts): Json[] {
  return [
    ...fields(spec.params, 'path', parts),
    ...fields(spec.query, 'query', parts),
    ...(wantsIdempotencyKey(spec) ? [refer('parameters', 'IdempotencyKey')] : []),
    ...(spec.stepUp ? [refer('parameters', 'StepUpToken')] : []),
    refer('parameters', 'RequestId'),
  ];
}

function fields(schema: z.ZodType | undefined, where: 'path' | 'query', parts: Parts): Json[] {
  if (!schema) return [];
  const object = toSchema(schema, 'input', parts) as {
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

function responses(spec: RouteSpec, parts: Parts): Json {
  const answers: Json = {};
  for (const [status, response] of Object.entries(spec.responses)) {
    answers[status] = success(spec, response, parts);
  }
  const byStatus = Map.groupBy(problemsOf(spec), (code) => problemSpec(code).status);
  for (const [status, codes] of [...byStatus].sort(([a], [b]) => a - b))
    answers[status] = refusal(spec, status, codes, parts);
  return answers;
}

function success(spec: RouteSpec, response: ResponseSpec, parts: Parts): Json {
  const type = response.contentType ?? JSON_TYPE;
  const schema = response.schema ? toSchema(response.schema, 'output', parts) : { type: 'string' };
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

/** A reference to the answer with these problems; equal ones are written once. */
function refusal(spec: RouteSpec, status: number, codes: readonly ProblemCode[], parts: Parts): Json {
  const later = codes.some((code) => problemSpec(code).retry === 'later');
  const unauthorized = codes.some((code) => problemSpec(code).status === 401);
  const list = codes.map((code) => `- [\`${code}\`](${problemPath(code)}): ${problemSpec(code).title}`);
  const answer: Json = {
    description: `A problem:\n${list.join('\n')}`,
    headers: {
      ...commonHeaders(spec),
      ...(later ? { 'Retry-After': refer('headers', 'RetryAfter') } : {}),
      ...(unauthorized ? { 'WWW-Authenticate': refer('headers', 'WwwAuthenticate') } : {}),
    },
    content: { 'application/problem+json': { schema: refer('schemas', 'Problem') } },
    'x-problem-codes': codes,
  };
  const text = JSON.stringify(answer);
  const alike = Object.keys(parts.responses).filter((name) => name.startsWith(`Refused${status}`));
  const same = alike.find((name) => JSON.stringify(parts.responses[name]) === text);
  const name = same ?? `Refused${status}${alike.length === 0 ? '' : `_${alike.length + 1}`}`;
  parts.responses[name] = answer;
  return refer('responses', name);
}
