/** Each field of each endpoint, wrong in each way: a problem that names it, and nothing changed. */
import { z } from 'zod';
import type { RouteSpec } from '../../api/route.ts';
import { ROUTES } from '../../api/routes.ts';
import { type ApiUnderTest, startApi } from './api-under-test.ts';
import { BODIES, examplePath, QUERIES } from './examples.ts';

let api: ApiUnderTest;
const tokens: Record<string, string> = {};
beforeAll(async () => {
  api = await startApi();
  for (const role of ['user', 'support', 'admin'] as const) tokens[role] = (await api.user(role)).token;
});
afterAll(() => api.stop());

type Json = Record<string, unknown>;
const ABSENT = Symbol('absent');

/** Wrong for every field of ours that is not declared to take null. */
const WRONG: [string, unknown][] = [
  ['a number', 7],
  ['a huge number', 1e308],
  ['a negative number', -1],
  ['an object', { $ne: '' }],
  ['a list of lists', [[[]]]],
  ['an empty text', ''],
  ['a space', ' '],
  ['a text that is too long', 'x'.repeat(20_001)],
  ['a NUL character', 'abc\u0000def'],
  ['half a surrogate pair', 'abc\ud800'],
  ['a text that turns direction', 'abc\u202edef'],
  ['a line break', 'abc\r\nX-Evil: 1'],
];
/** Not right for most fields, harmless for the rest: must never break anything. */
const HOSTILE = [
  `'; drop table users; --`,
  '$(reboot)',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '%00',
  '%s%n',
  '\u{1F4A9}'.repeat(40),
  'Z\u0351\u036b\u0343A\u0351L\u0367G\u0350O',
  'true',
  'null',
  'NaN',
  '-0',
  '1e999',
  '9'.repeat(400),
];

const tokenFor = (spec: RouteSpec) =>
  spec.access === 'public' ? undefined : tokens[spec.access.at(-1) ?? 'user'];
const send = (spec: RouteSpec, path: string, body?: unknown) => {
  const role = spec.access === 'public' ? undefined : (spec.access[0] ?? 'user');
  const token = role === undefined ? undefined : (tokens[role] ?? tokenFor(spec));
  return api.call(spec.method, path, {
    ...(token === undefined ? {} : { token }),
    ...(body === undefined ? {} : { body }),
  });
};

/** A digest of everything in the database but the answers that are kept for repeated requests. */
async function fingerprint(): Promise<string> {
  const { rows } = await api.database.pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE' and table_name <> 'idempotency_keys'`,
  );
  const parts = rows.map(
    ({ name }) => `(select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from "${name}" t)`,
  );
  const found = await api.database.pool.query<{ digest: string }>(
    `select concat_ws('|', ${parts.join(', ')}) as digest`,
  );
  return found.rows[0]?.digest ?? '';
}

function withField(body: Json, field: string, value: unknown): Json {
  const { [field]: _old, ...rest } = body;
  return value === ABSENT ? rest : { ...rest, [field]: value };
}

interface BodySchema {
  readonly properties: Record<string, { anyOf?: { type?: string }[]; type?: string; minLength?: number }>;
  readonly required?: string[];
}

/** The JSON schema of an endpoint's body; a named one stands under its name, a choice is the form of the example. */
function schemaOf(spec: RouteSpec): BodySchema {
  const schema = z.toJSONSchema(spec.body as z.ZodType, { io: 'input', unrepresentable: 'any' });
  const name = schema.$ref?.split('/').at(-1);
  const body = (name === undefined ? schema : schema.$defs?.[name]) as unknown as BodySchema & {
    readonly oneOf?: readonly BodySchema[];
  };
  const fields = Object.keys(BODIES[spec.operationId] ?? {});
  const fits = (form: BodySchema) => fields.every((field) => field in form.properties);
  return body.oneOf?.find(fits) ?? body;
}

const bodyFields = ROUTES.filter(({ spec }) => spec.body).flatMap(({ spec }) =>
  Object.keys(schemaOf(spec).properties).map(
    (field) => [`${spec.method} ${spec.path}`, field, spec] as const,
  ),
);

test('every endpoint with a body has an example of all its fields', () => {
  for (const { spec } of ROUTES.filter((route) => route.spec.body)) {
    expect([spec.operationId, Object.keys(BODIES[spec.operationId] ?? {}).sort()]).toEqual([
      spec.operationId,
      Object.keys(schemaOf(spec).properties).sort(),
    ]);
  }
});

test.each(bodyFields)('%s: body field %s', async (_name, field, spec) => {
  const { properties, required = [] } = schemaOf(spec);
  const example = BODIES[spec.operationId] as Json;
  const takesNull = properties[field]?.anyOf?.some(({ type }) => type === 'null') ?? false;
  const before = await fingerprint();
  const mayBeEmpty = properties[field]?.minLength === 0;
  const ways: [string, unknown][] = [
    ...WRONG.filter(([way]) => !(mayBeEmpty && way === 'an empty text')),
    ...(takesNull ? [] : ([['null', null]] as [string, unknown][])),
    ...(properties[field]?.type === 'boolean' ? [] : ([['a boolean', true]] as [string, unknown][])),
    ...(required.includes(field) ? ([['absent', ABSENT]] as [string, unknown][]) : []),
  ];
  for (const [way, value] of ways) {
    const { status, body } = await send(spec, examplePath(spec), withField(example, field, value));
    const named = (body.errors ?? []).some(
      (error: { in: string; pointer: string }) =>
        error.in === 'body' && error.pointer.split('/')[1] === field,
    );
    expect([way, status, body.code, named]).toEqual([way, 400, 'validation_failed', true]);
  }
  expect(await fingerprint()).toBe(before);
  for (const value of HOSTILE) {
    const { status } = await send(spec, examplePath(spec), withField(example, field, value));
    expect([value, status < 500]).toEqual([value, true]);
  }
});

const withBody = ROUTES.filter(({ spec }) => spec.body && !/Payloads$/.test(spec.operationId)).map(
  ({ spec }) => [`${spec.method} ${spec.path}`, spec] as const,
);

test.each(withBody)('%s: unknown fields are all listed', async (_name, spec) => {
  const before = await fingerprint();
  const sent = { ...BODIES[spec.operationId], is_admin: true, 'a/b~c': 1 };
  const { status, body } = await send(spec, examplePath(spec), sent);
  expect(status).toBe(400);
  expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(['/is_admin', '/a~1b~0c']);
  expect(await fingerprint()).toBe(before);
});

const queryFields = ROUTES.filter(({ spec }) => spec.query).flatMap(({ spec }) =>
  Object.keys(
    (z.toJSONSchema(spec.query as z.ZodType, { io: 'input' }) as { properties: Json }).properties,
  ).map((field) => [`${spec.method} ${spec.path}`, field, spec] as const),
);
/** These take free text; only its form is checked. */
const FREE_TEXT = ['search', 'action', 'subject_id', 'token', 'type', 'reason'];
/** What is wrong for every other field and right for these. */
const RIGHT: Record<string, readonly string[]> = {
  unread: ['true'],
  overdue: ['true'],
  transaction_id: ['1000'],
  list: ['null', 'true', 'NaN', 'ffffffff-0000-0000-0000-00000000000'],
};

test.each(queryFields)('%s: query field %s', async (_name, field, spec) => {
  const before = await fingerprint();
  const example = QUERIES[spec.operationId] ?? {};
  const free = FREE_TEXT.includes(field);
  const wrong = free
    ? ['', 'x'.repeat(9_000)]
    : ['', ' ', 'zzz', '-1', '1.5', '1000', 'x'.repeat(6_000), 'a\u0000b', ...HOSTILE];
  for (const value of wrong.filter((text) => !RIGHT[field]?.includes(text))) {
    const { status, body } = await send(spec, examplePath(spec, { ...example, [field]: value }));
    expect([value, status, body.errors?.[0]?.pointer]).toEqual([value, 400, `/${field}`]);
  }
  if (free) {
    for (const value of HOSTILE) {
      expect((await send(spec, examplePath(spec, { ...example, [field]: value }))).status).toBeLessThan(500);
    }
  }
  const twice = `${examplePath(spec, { ...example, [field]: '1' })}&${field}=2`;
  expect((await send(spec, twice)).body.errors).toContainEqual(
    expect.objectContaining({ in: 'query', pointer: `/${field}` }),
  );
  expect(await fingerprint()).toBe(before);
});

test.each(ROUTES.map(({ spec }) => [`${spec.method} ${spec.path}`, spec] as const))(
  '%s: an unknown query field is refused',
  async (_name, spec) => {
    const path = examplePath(spec);
    const url = `${path}${path.includes('?') ? '&' : '?'}surprise=1`;
    const { status, body } = await send(spec, url, BODIES[spec.operationId]);
    expect([status, body.errors]).toEqual([
      400,
      [{ in: 'query', pointer: '/surprise', detail: 'This field is not known here.' }],
    ]);
  },
);

const paramFields = ROUTES.filter(({ spec }) => spec.params).flatMap(({ spec }) =>
  [...spec.path.matchAll(/:([a-z_]+)/g)].map(
    ([, field]) => [`${spec.method} ${spec.path}`, field as string, spec] as const,
  ),
);

test.each(paramFields)('%s: path field %s', async (_name, field, spec) => {
  const before = await fingerprint();
  const values = ['0', 'null', `${'f'.repeat(8)}-0000-0000-0000-00000000000`, 'x'.repeat(2_000), ...HOSTILE];
  for (const value of values.filter((text) => !RIGHT[field]?.includes(text))) {
    const path = examplePath(spec, {}, { [field]: encodeURIComponent(value) });
    const { status, body } = await send(spec, path, BODIES[spec.operationId]);
    expect([value, status, body.errors?.[0]]).toEqual([
      value,
      400,
      expect.objectContaining({ in: 'path', pointer: `/${field}` }),
    ]);
  }
  expect(await fingerprint()).toBe(before);
});

test('cursors that we did not make are refused', async () => {
  const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
  const forged = [
    cursor(['2026-02-30T00:00:00.000000Z', id]),
    cursor(['2026-13-01T00:00:00.000000Z', id]),
    cursor([`2026-01-01T00:00:00.000000Z' or true --`, id]),
    cursor(['2026-01-01T00:00:00.000000Z', '12']),
    cursor(['2026-01-01T00:00:00.000000Z']),
    cursor({}),
    'AAAA',
  ];
  for (const text of forged) {
    const { status, body } = await api.call('GET', `/v1/deposits?cursor=${text}`, {
      token: tokens.user ?? '',
    });
    expect([text, status, body.errors?.[0]?.pointer]).toEqual([text, 400, '/cursor']);
  }
});
