/** The one way to declare an endpoint. Validation, access, idempotency and the OpenAPI document follow from it. */
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Role } from '../domain/platform/user.ts';
import type { ProblemCode } from '../domain/problem.ts';
import type { ApiDeps } from './deps.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Everybody, or the roles that may call. */
export type Access = 'public' | readonly Role[];

/** Who sent a request, as far as the token says. */
export interface Caller {
  readonly userId: string;
  readonly role: Role;
  /** The sign-in that the token belongs to; absent for tokens of an outside identity provider. */
  readonly sessionId?: string;
}

export interface ResponseSpec {
  readonly description: string;
  /** Absent for answers without a JSON body. */
  readonly schema?: z.ZodType;
  /** Default `application/json`. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RouteSpec {
  readonly method: Method;
  /** Express path: `/v1/wallets/:wallet_id`. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Most bytes of the body; default 64 KiB. */
  readonly bodyLimit?: number;
  readonly responses: Readonly<Record<number, ResponseSpec>>;
  /** Problems of this endpoint beyond those that its declaration implies. */
  readonly problems?: readonly ProblemCode[];
  /** Writes only: false for a write that is safe to repeat by nature. Default true for writes. */
  readonly idempotent?: boolean;
  /** Moves money: refused for suspended users and before KYC is approved. */
  readonly movesMoney?: boolean;
  /** Refused for suspended users. Default true for writes of signed-in callers. */
  readonly refusedWhenSuspended?: boolean;
  /** Needs a step-up token in the Step-Up-Token header. */
  readonly stepUp?: boolean;
  /** The staff cookie is accepted in place of a bearer token. */
  readonly cookie?: boolean;
  /** `credentials`: a small budget beside the general one. `bulk`: a large one in its place. */
  readonly limit?: 'credentials' | 'bulk';
  /** For public writes: what, besides the path, keeps one caller's keys apart from another's. */
  readonly callerOf?: (body: unknown) => string;
}

type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined;

/** What a handler is given: everything checked and typed by the declaration. */
export interface Input<S extends RouteSpec = RouteSpec> {
  readonly params: Parsed<S['params']>;
  readonly query: Parsed<S['query']>;
  readonly body: Parsed<S['body']>;
  /** The caller; for public endpoints an empty user id. */
  readonly caller: Caller;
  readonly requestId: string;
  /**
   * Of writes: a UUID that follows from caller and Idempotency-Key. What the handler creates is named by it, so that
   * a handler that died half-way and runs again finds what it did.
   */
  readonly operationId: string;
  readonly ip: string;
  readonly request: Request;
  readonly response: Response;
}

export interface Reply {
  readonly status: number;
  /** JSON unless `text` is given. */
  readonly body?: unknown;
  readonly text?: string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The handler writes to the response itself (event streams). */
  readonly streamed?: true;
}

type Handler<S extends RouteSpec> = (input: Input<S>, deps: ApiDeps) => Promise<Reply> | Reply;

export interface Route {
  readonly spec: RouteSpec;
  readonly handle: Handler<RouteSpec>;
}

/** Declares an endpoint; the handler's input is typed by the schemas of the declaration. */
export function defineRoute<const S extends RouteSpec>(spec: S, handle: Handler<S>): Route {
  return { spec, handle: handle as unknown as Handler<RouteSpec> };
}

/** True for methods that change something. */
export function isWrite(method: Method): boolean {
  return method !== 'GET';
}

/** True when the endpoint wants an Idempotency-Key. */
export function wantsIdempotencyKey(spec: RouteSpec): boolean {
  return isWrite(spec.method) && spec.idempotent !== false;
}

/** True when a suspended caller is turned away. */
export function refusesSuspended(spec: RouteSpec): boolean {
  if (spec.movesMoney) return true;
  return spec.refusedWhenSuspended ?? (isWrite(spec.method) && spec.access !== 'public');
}

/** Every problem that an endpoint can answer with, in the order of their status. */
export function problemsOf(spec: RouteSpec): ProblemCode[] {
  const codes = new Set<ProblemCode>([
    'malformed_request',
    'validation_failed',
    'rate_limited',
    'internal_error',
    'service_unavailable',
  ]);
  const add = (...more: ProblemCode[]) => {
    for (const code of more) codes.add(code);
  };
  // A body that nobody asked for is read as well, before it is refused.
  if (isWrite(spec.method)) add('malformed_json', 'payload_too_large', 'unsupported_media_type');
  if (spec.access !== 'public') add('authentication_required', 'token_invalid', 'token_expired');
  if (spec.access !== 'public' && spec.access.length < 3) add('role_required');
  if (wantsIdempotencyKey(spec)) {
    add(
      'idempotency_key_missing',
      'idempotency_key_malformed',
      'idempotency_in_progress',
      'idempotency_key_reused',
    );
  }
  if (refusesSuspended(spec)) add('account_suspended');
  if (spec.movesMoney) add('kyc_required');
  if (spec.stepUp) add('step_up_required');
  add(...(spec.problems ?? []));
  return [...codes];
}
