/** Every endpoint with every caller and everybody's objects, against the table of decisions. */
import { randomUUID } from 'node:crypto';
import type { RouteSpec } from '../../api/route.ts';
import { ROUTES } from '../../api/routes.ts';
import type { Role } from '../../domain/platform/user.ts';
import { DECISIONS, type Decision } from './access-decisions.ts';
import { type ApiUnderTest, startApi } from './api-under-test.ts';
import { approvedCaller, useRealGateways } from './ended-workflows.ts';
import { BODIES, examplePath } from './examples.ts';
import { type Named, objectMaker } from './objects.ts';

interface Caller {
  readonly name: string;
  readonly role?: Role;
  readonly suspended?: true;
  readonly id: string;
  readonly token?: string;
  readonly stepUp?: string;
}
type Whose = 'own' | "somebody else's" | "nobody's";

const PASSCODE = '314159';
let api: ApiUnderTest;
let callers: Caller[];
let stranger: string;
let make: ReturnType<typeof objectMaker>;

beforeAll(async () => {
  api = await startApi();
  useRealGateways(api);
  const signedIn = async (name: string, role: Role): Promise<Caller> => ({
    name,
    ...(await approvedCaller(api, role, PASSCODE)),
  });
  const suspended = await signedIn('a suspended user', 'user');
  await api.database.pool.query(`update users set status = 'suspended' where id = $1`, [suspended.id]);
  const admin = await signedIn('admin', 'admin');
  callers = [
    { name: 'nobody', id: randomUUID() },
    await signedIn('a user', 'user'),
    { ...suspended, suspended: true },
    await signedIn('support', 'support'),
    admin,
  ];
  stranger = (await api.user()).id;
  make = objectMaker(api, admin.token ?? '');
});
afterAll(() => api.stop());

/** An open stream would never end; HEAD decides the same and opens none. */
const STREAMS = /^stream/;

function bodyFor({ operationId }: RouteSpec, caller: Caller, named?: Named): unknown {
  const body = BODIES[operationId];
  // Of one number, a code can be asked for once in half a minute.
  if (operationId === 'startPhoneVerification')
    return { phone_number: `+1555${callers.indexOf(caller)}123456` };
  if (operationId === 'updateMe') return { ...body, email: `${caller.id}@example.com` };
  if (operationId === 'setPasscode') return { passcode: PASSCODE, current_passcode: PASSCODE };
  if (operationId === 'verifyPasscode') return { passcode: PASSCODE };
  if (operationId !== 'requestWithdrawal') return body;
  const { quote: _none, ...rest } = body ?? {};
  return { ...rest, ...named?.params };
}

/** A caller calls an endpoint about an object; a stream is only knocked at. */
function request(spec: RouteSpec, caller: Caller, named?: Named) {
  const body = bodyFor(spec, caller, named);
  const path = examplePath(spec, undefined, named?.params);
  return api.call(STREAMS.test(spec.operationId) ? 'HEAD' : spec.method, path, {
    ...(caller.token !== undefined && { token: caller.token }),
    ...(body !== undefined && { body }),
    ...(spec.stepUp && caller.stepUp !== undefined && { headers: { 'step-up-token': caller.stepUp } }),
  });
}

/** What the table of decisions says about one cell. */
function expected(decision: Decision, caller: Caller, whose: Whose): number | 'success' {
  const right = decision.answer ?? 'success';
  if (decision.roles === 'anybody') return right;
  if (caller.role === undefined) return 401;
  if (!decision.roles.includes(caller.role)) return 403;
  if (caller.suspended && decision.refusesSuspended) return 403;
  if (decision.object === undefined) return right;
  return whose === "nobody's" || (decision.private && whose !== 'own') ? 404 : right;
}

function whoseOf({ object }: Decision): readonly Whose[] {
  return object === undefined ? ['own'] : ['own', "somebody else's", "nobody's"];
}

const rowOf = async ({ table, id }: Named): Promise<string> =>
  (
    await api.database.pool.query<{ row: string }>(`select t::text as row from ${table} t where id = $1`, [
      id,
    ])
  ).rows[0]?.row ?? '';

async function cell(spec: RouteSpec, decision: Decision, caller: Caller, whose: Whose): Promise<string> {
  const owner = whose === 'own' && caller.role !== undefined ? caller.id : stranger;
  const there = decision.object && whose !== "nobody's" ? await make[decision.object](owner) : undefined;
  const before = there && (await rowOf(there));
  const { status, body } = await request(spec, caller, there);
  const wanted = expected(decision, caller, whose);
  const right = wanted === 'success' ? status >= 200 && status < 300 : status === wanted;
  const name = `${caller.name}, ${whose}`;
  if (!right) return `${name}: ${status} ${body?.code ?? ''} ${body?.detail ?? ''}, not ${wanted}`;
  if (there && [401, 403, 404].includes(status) && (await rowOf(there)) !== before) {
    return `${name}: refused, and changed`;
  }
  return '';
}

test('there is a decision about each endpoint, and none about others', () => {
  expect(Object.keys(DECISIONS).sort()).toEqual(ROUTES.map(({ spec }) => spec.operationId).sort());
});

test.each(ROUTES.map(({ spec }) => [`${spec.method} ${spec.path}`, spec] as const))(
  '%s',
  async (_name, spec) => {
    const decision = DECISIONS[spec.operationId];
    if (!decision) throw new Error('there is no decision about it');
    const wrong: string[] = [];
    for (const caller of callers) {
      for (const whose of whoseOf(decision)) wrong.push(await cell(spec, decision, caller, whose));
    }
    expect(wrong.filter(Boolean)).toEqual([]);
  },
);

test("what is somebody else's and what nobody has cannot be told apart", async () => {
  const user = callers[1] as Caller;
  const problem = ({ status, body }: { status: number; body: Record<string, unknown> }) => {
    const { instance: _path, request_id: _id, ...rest } = body ?? {};
    return { status, ...rest };
  };
  for (const { spec } of ROUTES) {
    const decision = DECISIONS[spec.operationId];
    if (!decision?.private || !decision.object) continue;
    const theirs = problem(await request(spec, user, await make[decision.object](stranger)));
    expect([spec.operationId, theirs]).toEqual([spec.operationId, problem(await request(spec, user))]);
  }
});
