/** Every write once: the answer to an Idempotency-Key is kept and given again. */
import { createHash } from 'node:crypto';
import type { Request } from 'express';
import {
  type ClaimOutcome,
  claimIdempotencyKey,
  keepAnswer,
  releaseIdempotencyKey,
} from '../../db/platform/idempotency-key-queries.ts';
import { problemSpec } from '../../domain/problem.ts';
import type { ApiDeps } from '../deps.ts';
import { ProblemError, problemBody, problemHeaders } from '../problem.ts';
import { type Caller, type Reply, type RouteSpec, refusesSuspended } from '../route.ts';

const IDEMPOTENCY_HEADER = 'Idempotency-Key';
const REPLAYED_HEADER = 'Idempotent-Replayed';
const KEY_FORM = /^[\x21-\x7e]{1,128}$/;

/** One write as the store knows it. */
interface Keyed {
  readonly caller: string;
  readonly key: string;
  readonly requestDigest: string;
}

/** Text of a JSON value with its object keys in order, so that equal documents give equal texts. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  ) as string;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * Reads the key of a request.
 * @throws {ProblemError} idempotency_key_missing, idempotency_key_malformed.
 */
export function readIdempotencyKey(request: Request): string {
  const key = request.get(IDEMPOTENCY_HEADER);
  if (key === undefined || key === '') throw new ProblemError('idempotency_key_missing');
  if (!KEY_FORM.test(key)) throw new ProblemError('idempotency_key_malformed');
  return key;
}

function keyedRequest(request: Request, spec: RouteSpec, caller: Caller, body: unknown): Keyed {
  const scope =
    caller.userId ||
    `public:${sha256(spec.callerOf?.(body) ?? '')
      .toString('base64url')
      .slice(0, 22)}`;
  const content = `${spec.method} ${request.path}\n${canonicalJson(body ?? null)}`;
  return {
    caller: scope,
    key: readIdempotencyKey(request),
    requestDigest: sha256(content).toString('base64url'),
  };
}

/** A UUID (version 8, RFC 9562) that follows from caller, key and path: the name of what the request creates. */
function operationIdOf(keyed: Keyed, path: string): string {
  const bytes = sha256(`${keyed.caller}\n${keyed.key}\n${path}`).subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/**
 * Runs a write under its key: the first request runs, later ones get its answer.
 * @throws {ProblemError} for a missing key, one in use, one of another request, and callers who may not write.
 */
export async function once(
  request: Request,
  facts: {
    readonly spec: RouteSpec;
    readonly caller: Caller;
    readonly body: unknown;
    readonly requestId: string;
  },
  deps: ApiDeps,
  run: (operationId: string) => Promise<Reply>,
): Promise<Reply> {
  const { spec, caller, body } = facts;
  const keyed = keyedRequest(request, spec, caller, body);
  const outcome = await claimIdempotencyKey(deps.database, {
    ...keyed,
    userId: caller.userId || null,
    onlyActive: refusesSuspended(spec),
    onlyApproved: spec.movesMoney === true,
  });
  refuseUnlessAllowed(spec, outcome);
  if (!outcome.claimed) return replay(keyed, outcome, deps);
  return answered(keyed, deps, facts.requestId, () => run(operationIdOf(keyed, request.path)));
}

function refuseUnlessAllowed(spec: RouteSpec, outcome: ClaimOutcome): void {
  if (!refusesSuspended(spec)) return;
  if (outcome.userStatus === null)
    throw new ProblemError('token_invalid', 'The user of this token does not exist.');
  if (outcome.userStatus !== 'active') throw new ProblemError('account_suspended');
  if (spec.movesMoney && outcome.kycStatus !== 'approved') throw new ProblemError('kyc_required');
}

function replay(keyed: Keyed, outcome: ClaimOutcome, deps: ApiDeps): Reply {
  if (outcome.requestDigest !== null && outcome.requestDigest !== keyed.requestDigest) {
    throw new ProblemError('idempotency_key_reused');
  }
  if (outcome.status === null)
    throw new ProblemError('idempotency_in_progress', undefined, { retryAfterSeconds: 1 });
  const sealed = (outcome.body as { sealed?: string } | null)?.sealed ?? '';
  const opened = deps.sealer.open(sealed, sealContext(keyed));
  if (opened === undefined) throw new Error('a kept answer cannot be opened');
  const kept = JSON.parse(opened) as {
    text?: string;
    contentType?: string;
    headers?: Record<string, string>;
  };
  return { ...kept, status: outcome.status, headers: { ...kept.headers, [REPLAYED_HEADER]: 'true' } };
}

function sealContext(keyed: Keyed): string {
  return `${keyed.caller}\n${keyed.key}`;
}

/** Runs the handler and keeps its answer, also a refusal; a failure of ours gives the key free. */
async function answered(
  keyed: Keyed,
  deps: ApiDeps,
  requestId: string,
  run: () => Promise<Reply>,
): Promise<Reply> {
  let reply: Reply;
  try {
    reply = await run();
  } catch (error) {
    if (!(error instanceof ProblemError) || !isKept(error)) {
      await releaseIdempotencyKey(deps.database, keyed.caller, keyed.key).catch(() => undefined);
      throw error;
    }
    reply = {
      status: problemSpec(error.code).status,
      body: problemBody(error, requestId, deps.publicUrl),
      contentType: 'application/problem+json',
      headers: problemHeaders(error),
    };
  }
  const { status, contentType, headers } = reply;
  const text = reply.text ?? (reply.body === undefined ? undefined : JSON.stringify(reply.body));
  const sealed = deps.sealer.seal(JSON.stringify({ text, contentType, headers }), sealContext(keyed));
  await keepAnswer(deps.database, { caller: keyed.caller, key: keyed.key, status, body: { sealed } });
  return { ...reply, ...(text === undefined ? {} : { text }) };
}

/** Refusals stay; what may pass by itself (limits, failures of ours) is not kept. */
function isKept(problem: ProblemError): boolean {
  // The same request goes on with the same key once the passcode was given.
  if (problem.code === 'step_up_required') return false;
  const { status, retry } = problemSpec(problem.code);
  return status < 500 && retry !== 'later';
}
