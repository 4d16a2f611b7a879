/** What happens to every request of a declared endpoint, in order: limit, access, validation, once-only, handler. */
import type { Request, Response } from 'express';
import { z } from 'zod';
import { parseJsonBody, rawBodyReader } from './body.ts';
import type { ApiDeps } from './deps.ts';
import { authenticate, authorize, requireStepUp } from './middleware/authentication.ts';
import { once, readIdempotencyKey } from './middleware/idempotency.ts';
import { addressKey, type Limiters } from './middleware/rate-limit.ts';
import { contextOf } from './middleware/request-context.ts';
import { type InvalidField, ProblemError } from './problem.ts';
import { type Caller, type Input, isWrite, type Reply, type Route, wantsIdempotencyKey } from './route.ts';
import { check, validationProblem } from './validation.ts';

/** A client gets an answer after this long, also when the workflow engine has no worker. */
const ANSWER_DEADLINE_MS = 15_000;
const EMPTY = z.strictObject({});
const NO_BODY = EMPTY.optional();

/** Makes the express handler of an endpoint. */
export function pipeline(route: Route, deps: ApiDeps, limiters: Limiters) {
  const { spec } = route;
  const readRaw = isWrite(spec.method) ? rawBodyReader(spec) : undefined;
  return async (request: Request, response: Response): Promise<void> => {
    const context = contextOf(request);
    context.route = spec.path;
    const caller = await admit(request, response, route, deps, limiters);
    if (caller.userId) context.userId = caller.userId;
    if (wantsIdempotencyKey(spec)) readIdempotencyKey(request);
    const raw = readRaw && (await readRaw(request, response));
    const parts = validate(request, route, raw);
    const run = async (operationId: string): Promise<Reply> => {
      await requireStepUp(request, spec, caller, deps.tokens);
      const { requestId } = context;
      // Few handlers ask for the address, and finding it behind proxies takes a while.
      const ip = { get: () => request.ip ?? '', enumerable: true };
      const input = { ...parts, caller, requestId, operationId, request, response };
      return route.handle(Object.defineProperty(input, 'ip', ip) as unknown as Input, deps);
    };
    const facts = { spec, caller, body: parts.body, requestId: context.requestId };
    const reply = wantsIdempotencyKey(spec)
      ? await inTime(once(request, facts, deps, run), deps.answerDeadlineMs ?? ANSWER_DEADLINE_MS)
      : await run('');
    if (deps.checkAnswers) checkAnswer(route, reply);
    send(response, reply);
  };
}

/**
 * A write's answer, unless it takes too long. The work goes on then and keeps its answer for the same Idempotency-Key.
 * @throws {ProblemError} service_unavailable after the deadline.
 */
function inTime(answer: Promise<Reply>, deadlineMs: number): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const detail =
      'This takes longer than usual. Send it again with the same Idempotency-Key to get its answer.';
    const late = () => reject(new ProblemError('service_unavailable', detail, { retryAfterSeconds: 2 }));
    const timer = setTimeout(late, deadlineMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Counts the request, finds the caller, and turns away whom the declaration does not name. */
async function admit(
  request: Request,
  response: Response,
  route: Route,
  deps: ApiDeps,
  limiters: Limiters,
): Promise<Caller> {
  const { spec } = route;
  if (spec.limit === 'credentials') await limiters.credentials(response, addressKey(request));
  const budget = spec.limit === 'bulk' ? limiters.bulk : limiters.general;
  let caller: Caller;
  try {
    caller = await authenticate(request, spec, deps.tokens);
  } catch (error) {
    await budget(response, addressKey(request));
    throw error;
  }
  await budget(response, caller.userId || addressKey(request));
  authorize(caller, spec);
  return caller;
}

function validate(request: Request, route: Route, raw: Buffer | undefined) {
  const { spec } = route;
  const errors: InvalidField[] = [];
  const part = (schema: z.ZodType, value: unknown, where: 'body' | 'query' | 'path') => {
    const checked = check(schema, value, where);
    if ('value' in checked) return checked.value;
    errors.push(...checked.errors);
    return undefined;
  };
  const params = part(spec.params ?? EMPTY, request.params, 'path');
  const query = part(spec.query ?? EMPTY, request.query, 'query');
  const body = isWrite(spec.method)
    ? part(spec.body ?? NO_BODY, parseJsonBody(request, raw), 'body')
    : undefined;
  if (errors.length > 0) throw validationProblem(errors);
  return { params, query, body };
}

function send(response: Response, reply: Reply): void {
  if (reply.streamed) return;
  response.status(reply.status);
  response.setHeader('Cache-Control', 'no-store');
  if (reply.headers) response.set(reply.headers);
  const text = reply.text ?? (reply.body === undefined ? undefined : JSON.stringify(reply.body));
  if (text === undefined) {
    response.end();
    return;
  }
  if (!response.hasHeader('Content-Type')) {
    response.setHeader('Content-Type', reply.contentType ?? 'application/json; charset=utf-8');
  }
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(response.req.method === 'HEAD' ? undefined : text);
}

/** Fails when an answer is not what the endpoint declares. */
function checkAnswer(route: Route, reply: Reply): void {
  if (reply.contentType === 'application/problem+json') return;
  const declared = route.spec.responses[reply.status];
  const name = `${route.spec.operationId} ${reply.status}`;
  if (!declared) throw new Error(`${name} is not declared`);
  if (!declared.schema || reply.streamed) return;
  const body = reply.body ?? JSON.parse(reply.text ?? 'null');
  const result = declared.schema.safeParse(body);
  if (!result.success)
    throw new Error(`${name} differs from its declaration: ${z.prettifyError(result.error)}`);
}

/** The problem for a request that matched no endpoint by its method. */
export function methodNotAllowed(allow: readonly string[]): ProblemError {
  const detail = `This path takes ${allow.join(', ')}.`;
  return new ProblemError('method_not_allowed', detail, { headers: { Allow: allow.join(', ') } });
}
