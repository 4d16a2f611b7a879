/** Every operation with requests by chance: no 5xx, and no answer that the document does not declare. */
import { randomInt } from 'node:crypto';
import type { RouteSpec } from '../../api/route.ts';
import { ROUTES } from '../../api/routes.ts';
import type { FieldSpec } from '../../domain/platform/setting-fields.ts';
import { SETTING_KEYS, settingSpec } from '../../domain/platform/settings.ts';
import { DECISIONS } from './access-decisions.ts';
import { type ApiUnderTest, startApi } from './api-under-test.ts';
import { answerOf, DOCUMENT } from './documented-client.ts';
import { approvedCaller, useRealGateways } from './ended-workflows.ts';
import { BODIES, examplePath, QUERIES } from './examples.ts';
import { type Chance, chanceOf, fitting, garbage, garbageText, mutated } from './fuzz-values.ts';
import { type Schema, wrongIn } from './json-schema.ts';
import { objectMaker } from './objects.ts';

/** A run that failed is repeated with FUZZ_SEED; a longer one has more FUZZ_ROUNDS. */
const SEED = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));
const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 30);

let api: ApiUnderTest;
let callers: Awaited<ReturnType<typeof approvedCaller>>[];
let make: ReturnType<typeof objectMaker>;
beforeAll(async () => {
  api = await startApi();
  useRealGateways(api);
  callers = [
    await approvedCaller(api, 'user', '314159'),
    await approvedCaller(api, 'support', '314159'),
    await approvedCaller(api, 'admin', '314159'),
  ];
  make = objectMaker(api, callers[2]?.token ?? '');
});
afterAll(() => api.stop());

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array;
}
interface Documented {
  readonly content?: Record<string, { readonly schema?: Schema }>;
  readonly 'x-problem-codes'?: readonly string[];
}
interface Operation {
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> };
  readonly parameters: readonly { readonly name?: string; readonly in?: string; readonly schema?: Schema }[];
}

const operationOf = ({ method, path }: RouteSpec) =>
  DOCUMENT.paths[path.replace(/:([a-z_]+)/g, '{$1}')]?.[method.toLowerCase()];

/** Chance of one operation, so that each repeats without the others. */
function chanceFor({ operationId }: RouteSpec): Chance {
  let seed = SEED;
  for (const letter of operationId) seed = Math.imul(seed, 31) + letter.charCodeAt(0);
  return chanceOf(seed);
}

/** Text that a header can carry. */
const headerText = (text: string) => text.replace(/[^\x21-\x7e]/g, '~').slice(0, 2_000);

/** Path and query: what exists, what does not, and what cannot be. */
async function place(spec: RouteSpec, chance: Chance, owner: string): Promise<string> {
  const kind = DECISIONS[spec.operationId]?.object;
  const named = kind && chance.often(60) ? (await make[kind](owner)).params : {};
  const params: Record<string, string> = { ...named };
  const { parameters } = operationOf(spec) as unknown as Operation;
  for (const [, name = ''] of spec.path.matchAll(/:([a-z_]+)/g)) {
    const text = garbageText(chance);
    // An address of dots is another path before it is sent.
    const known = parameters.find((one) => one.name === name)?.schema;
    if (known?.enum && chance.often(60)) params[name] = String(chance.pick(known.enum));
    if (chance.often(20) && !/^\.*$/.test(text)) params[name] = encodeURIComponent(text);
    else if (chance.often(5)) params[name] = chance.pick(['%zz', '%c3%28', '%00', '%', 'a%2Fb']);
  }
  const query: Record<string, string> = chance.often(70) ? { ...QUERIES[spec.operationId] } : {};
  for (const { name = '', schema } of parameters.filter((one) => one.in === 'query')) {
    if (chance.often(25)) delete query[name];
    else if (schema && chance.often(30))
      query[name] = String(fitting(schema, chance)).slice(0, 500).toWellFormed();
    else if (chance.often(15)) query[name] = garbageText(chance).slice(0, 3_000).toWellFormed();
  }
  if (chance.often(3)) query[garbageText(chance).slice(0, 50).toWellFormed()] = 'x';
  const path = examplePath(spec, query, params);
  return chance.often(3) ? `${path}${path.includes('?') ? '&' : '?'}limit=1&limit=2&%zz=%` : path;
}

/** A setting with each of its fields left out or at one of its bounds. */
function boundarySetting(path: string, chance: Chance): Record<string, unknown> {
  const key = SETTING_KEYS.find((one) => path.split('?')[0]?.endsWith(`/${one}`)) ?? 'deposit_policy';
  const bound = (field: FieldSpec): unknown => {
    switch (field.type) {
      case 'seconds':
        return chance.pick([0, 0.001, 1, 365 * 86_400]);
      case 'pauses':
        return chance.pick([[0.001], [365 * 86_400], Array.from({ length: 20 }, () => 1)]);
      case 'count':
        return chance.pick([field.least, field.most]);
      case 'amount':
        return chance.pick(['0', '0.01', '1.5', '999999999999.99']);
      case 'time':
        return chance.pick(['00:00', '23:59']);
      case 'boolean':
        return chance.often(50);
      case 'choice':
        return chance.pick(field.of);
    }
  };
  const fields = Object.entries(settingSpec(key).fields).filter(() => chance.often(25));
  return Object.fromEntries(fields.map(([name, field]) => [name, bound(field)]));
}

/** A body and the type that is said of it. */
function content(
  spec: RouteSpec,
  chance: Chance,
  path: string,
): { text?: string | Uint8Array; type?: string } {
  const { requestBody } = operationOf(spec) as unknown as Operation;
  if (spec.operationId === 'setSetting' && chance.often(60)) {
    const body = { value: boundarySetting(path, chance), reason: 'by chance' };
    return { text: JSON.stringify(body), type: 'application/json' };
  }
  const schema = requestBody?.content['application/json']?.schema;
  const type = chance.often(95) ? 'application/json' : headerText(garbageText(chance));
  if (!schema && chance.often(85)) return {};
  if (chance.often(4)) return { text: new Uint8Array([0x7b, 0xff, 0xfe, 0x00]), type };
  if (chance.often(4))
    return { text: chance.pick(['{', '[1,', '"', '[]]', '\ufeff{}', '1e', '{"a":1,}']), type };
  if (chance.often(2)) return { text: '['.repeat(20_000), type };
  if (chance.often(2)) return { text: JSON.stringify('x'.repeat(70_000)), type };
  if (!schema || chance.often(4)) return { text: JSON.stringify(garbage(chance)), type };
  const value = chance.often(30)
    ? fitting(schema, chance)
    : mutated(BODIES[spec.operationId] ?? {}, schema, chance);
  return { text: JSON.stringify(value), type };
}

function headersFor(
  spec: RouteSpec,
  chance: Chance,
  caller: (typeof callers)[number],
): Record<string, string> {
  const key = String(chance.next());
  const other = chance.pick(callers);
  const words = () => headerText(garbageText(chance));
  return {
    ...(!chance.often(4) && { authorization: chance.often(96) ? `Bearer ${caller.token}` : words() }),
    ...(!chance.often(4) && { 'idempotency-key': chance.often(92) ? `${SEED}-${key}` : words() }),
    ...(spec.stepUp && { 'step-up-token': chance.often(90) ? caller.stepUp : other.stepUp }),
    ...(chance.often(5) && { 'x-request-id': words() }),
    ...(chance.often(5) && { traceparent: words() }),
    ...(chance.often(5) && { accept: words() }),
    ...(chance.often(5) && { cookie: `sluice_staff=${words()}` }),
    ...(chance.often(2) && { 'content-encoding': chance.pick(['gzip', 'br', 'x']) }),
    ...(spec.operationId.startsWith('stream') && chance.often(50) && { 'last-event-id': words() }),
  };
}

async function requestOf(spec: RouteSpec, chance: Chance): Promise<Sent> {
  const allowed = callers.filter(
    ({ role }) => spec.access === 'public' || (spec.access as string[]).includes(role),
  );
  const caller = chance.often(92) ? chance.pick(allowed) : chance.pick(callers);
  const path = await place(spec, chance, chance.often(70) ? caller.id : chance.pick(callers).id);
  const headers = headersFor(spec, chance, caller);
  // An open stream would never end; HEAD decides the same and opens none.
  if (spec.method === 'GET')
    return { method: spec.operationId.startsWith('stream') ? 'HEAD' : 'GET', path, headers };
  const { text, type } = content(spec, chance, path);
  return {
    ...{ method: spec.method, path },
    headers: { ...headers, ...(type !== undefined && { 'content-type': type }) },
    ...(text !== undefined && { body: text }),
  };
}

/** What is wrong with an answer by the document. */
async function wrongAnswer(spec: RouteSpec, response: Response): Promise<string[]> {
  const { status } = response;
  const text = await response.text();
  if (status >= 500) return [`${status} ${text} ${api.logged.at(-2) ?? ''}`];
  const documented = answerOf(operationOf(spec), status) as Documented | undefined;
  if (!documented) return [`${status} is not declared: ${text}`];
  if (text === '') return [];
  const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
  const declared = documented.content?.[type];
  if (!declared) return [`${status} has the undeclared type ${type}`];
  if (!/json/.test(type)) return [];
  const body: unknown = JSON.parse(text);
  const { code = '' } = body as { code?: string };
  if (type === 'application/problem+json' && !documented['x-problem-codes']?.includes(code)) {
    return [`${status} has the undeclared problem ${code}`];
  }
  return declared.schema ? wrongIn(declared.schema, body) : [];
}

/** Sends one request; fails with everything that is needed to see it again. */
async function once(spec: RouteSpec, chance: Chance, round: number): Promise<void> {
  const { method, path, headers, body } = await requestOf(spec, chance);
  const response = await fetch(`${api.url}${path}`, { method, headers, ...(body !== undefined && { body }) });
  const wrong = await wrongAnswer(spec, response);
  const shown = { seed: SEED, round, method, path: path.slice(0, 500), body: String(body).slice(0, 1_000) };
  expect({ ...shown, headers: { ...headers, authorization: '' }, wrong }).toMatchObject({ wrong: [] });
}

test.each(ROUTES.map(({ spec }) => [`${spec.method} ${spec.path}`, spec] as const))(
  '%s',
  async (_name, spec) => {
    const chance = chanceFor(spec);
    // What the rounds before have done to the callers is undone.
    await api.database.pool.query(`update users set status = 'active' where id = any($1)`, [
      callers.map(({ id }) => id),
    ]);
    for (let round = 0; round < ROUNDS; round += 1) await once(spec, chance, round);
  },
);

test('all of them in any order, under any settings', async () => {
  const chance = chanceOf(SEED);
  const specs = ROUTES.map(({ spec }) => spec).filter(({ operationId }) => operationId !== 'suspendUser');
  const putSetting = specs.find(({ operationId }) => operationId === 'setSetting') as RouteSpec;
  for (let round = 0; round < ROUNDS * 20; round += 1) {
    await once(chance.often(10) ? putSetting : chance.pick(specs), chance, round);
  }
});

test('the run got through to right answers of nearly every endpoint, not only to refusals', async () => {
  const metric = await api.deps.metrics.getSingleMetric('sluice_http_request_duration_seconds')?.get();
  const answered = (metric?.values ?? [])
    .filter(({ labels }) => String(labels.status).startsWith('2'))
    .map(({ labels }) => `${labels.method} ${labels.route}`);
  const possible = ROUTES.filter(({ spec }) => DECISIONS[spec.operationId]?.answer === undefined).map(
    ({ spec: { method, path, operationId } }) =>
      `${operationId.startsWith('stream') ? 'HEAD' : method} ${path}`,
  );
  const missed = possible.filter((name) => !answered.includes(name));
  expect(missed.length > possible.length / 10 ? missed : []).toEqual([]);
});
