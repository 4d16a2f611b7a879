/** A small HTTP listener for one company: routing, authentication, faults and the request log. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Fault, TRANSPORT_FAULTS } from './faults.ts';
import type { Kernel } from './kernel.ts';
import { createRouter, type MatchedRoute } from './router.ts';

export type Reply = { status: number; body?: unknown; headers?: Record<string, string> };

export type SandboxRequest = {
  method: string;
  path: string;
  params: Record<string, string>;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  raw: Buffer;
  /** The parsed JSON or form body; an empty object when there is none. */
  body: Record<string, unknown>;
  /** Set when the body is not the JSON (object or array) or form that it claims to be. */
  malformed: boolean;
  requestId: string;
  /** What `prepare` of the route returned. */
  prepared: unknown;
  /** Who `authenticate` found, if the company has several callers. */
  caller?: string;
};

export type Route = {
  method: string;
  /** Segments that begin with a colon are parameters: `/v1/journals/:id`. */
  path: string;
  /** `<company>.<verb><Thing>`, the name that faults use. */
  operation: string;
  /** Runs in ONE store transaction that is durable before the answer is sent; a throw rolls it back. */
  handle: (request: SandboxRequest) => Reply;
  /** Asynchronous work before `handle` (a call to somebody else); its result is `request.prepared`. */
  prepare?: (request: SandboxRequest) => Promise<unknown>;
  /** Instead of `handle`: take over the response (server-sent events). Not in a transaction. */
  stream?: (request: SandboxRequest, response: ServerResponse) => void;
  /** No authentication. */
  open?: boolean;
};

/** One company of the sandbox, as `sandbox/<company>/index.ts` creates it. */
export type Company = {
  name: string;
  routes: Route[];
  /** Returns the refusal, or undefined when the caller may go on. Rate limits belong here too. */
  authenticate: (request: SandboxRequest, route: Route) => Reply | undefined;
  /** The body of an error that the HTTP layer answers by itself, in this company's own shape. */
  errorBody: (status: number, message: string) => unknown;
  /** Headers of every answer (request id, rate limit). */
  headers?: (request: SandboxRequest) => Record<string, string>;
  /** Routes of the control API that belong to this company, under `/control/<company>/…`. */
  control: Route[];
  /** What a client needs beside the base URL (`api_key`, …); called once all listeners have their URL. */
  credentials?: () => Record<string, string>;
};

/** Thrown by a handler to answer with an error; the transaction is rolled back. */
export class Refusal extends Error {
  readonly reply: Reply;
  constructor(status: number, body: unknown, headers?: Record<string, string>) {
    super(`refused with ${status}`);
    this.name = 'Refusal';
    this.reply = headers ? { status, body, headers } : { status, body };
  }
}

/** Shorthand for a route. */
export function route(method: string, path: string, operation: string, handle: Route['handle']): Route {
  return { method, path, operation, handle };
}

export type Listener = { url: string; port: number; close(): Promise<void> };

const LONGEST_HANG_MS = 120_000;
const LARGEST_BODY_BYTES = 20_000_000;

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += (chunk as Buffer).length;
    if (size > LARGEST_BODY_BYTES) throw new Error('body too large');
    chunks.push(chunk as Buffer);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

/** Parses JSON and form bodies; anything else, and a broken body, gives an empty object. */
function parseBody(raw: Buffer, type: string): { body: Record<string, unknown>; malformed: boolean } {
  if (raw.length === 0) return { body: {}, malformed: false };
  // `curl -d` sends JSON under the form type; a form never begins with a bracket.
  const isJson = raw[0] === 0x7b || raw[0] === 0x5b;
  if (type.includes('application/x-www-form-urlencoded') && !isJson) {
    return { body: Object.fromEntries(new URLSearchParams(raw.toString('utf8'))), malformed: false };
  }
  if (type.includes('multipart/')) return { body: {}, malformed: false };
  try {
    const value = JSON.parse(raw.toString('utf8')) as unknown;
    if (value !== null && typeof value === 'object')
      return { body: value as Record<string, unknown>, malformed: false };
  } catch {
    // Falls through: the company answers a malformed body in its own words.
  }
  return { body: {}, malformed: true };
}

function send(response: ServerResponse, reply: Reply, headers: Record<string, string>): void {
  if (response.destroyed || response.headersSent) return;
  const isText = typeof reply.body === 'string' || Buffer.isBuffer(reply.body);
  const payload =
    reply.body === undefined ? '' : isText ? (reply.body as string) : JSON.stringify(reply.body);
  const type =
    reply.body === undefined || isText ? {} : { 'content-type': 'application/json; charset=utf-8' };
  response.writeHead(reply.status, {
    ...type,
    'content-length': Buffer.byteLength(payload).toString(),
    ...headers,
    ...reply.headers,
  });
  response.end(payload);
}

/** Answers for the faults that replace an answer. */
function faultReply(company: Company, fault: Fault): Reply {
  const message = 'injected by the sandbox';
  const status = fault.status ?? { refuse: 400, rate_limit: 429, unavailable: 503 }[fault.kind] ?? 500;
  const body = fault.body ?? company.errorBody(status, message);
  return fault.kind === 'unavailable' ? { status, body, headers: { 'retry-after': '1' } } : { status, body };
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });

/** Keeps the connection without an answer, then cuts it: what a client's timeout looks like. */
function hang(response: ServerResponse, fault: Fault): void {
  const timer = setTimeout(() => response.destroy(), fault.delay_ms ?? LONGEST_HANG_MS);
  timer.unref();
  response.on('close', () => clearTimeout(timer));
}

async function perform(
  kernel: Kernel,
  company: Company,
  found: Route,
  request: SandboxRequest,
): Promise<Reply> {
  try {
    if (found.prepare) request.prepared = await found.prepare(request);
    return kernel.store.transaction(() => found.handle(request));
  } catch (error) {
    if (error instanceof Refusal) return error.reply;
    process.stderr.write(
      `sandbox: ${found.operation} failed: ${error instanceof Error ? error.stack : error}\n`,
    );
    return { status: 500, body: company.errorBody(500, 'internal error') };
  }
}

const BEFORE = ['cut_before', 'timeout_before', 'refuse', 'rate_limit', 'error', 'unavailable'];

/** Plays one request; returns the status that was sent, or 0 when the connection was cut or left hanging. */
async function answer(
  kernel: Kernel,
  company: Company,
  matched: MatchedRoute,
  request: SandboxRequest,
  response: ServerResponse,
): Promise<{ status: number; fault?: string }> {
  const headers = { 'x-request-id': request.requestId, ...company.headers?.(request) };
  const refused = matched.route.open ? undefined : company.authenticate(request, matched.route);
  if (refused) {
    send(response, refused, headers);
    return { status: refused.status };
  }
  const facts = { ...Object.fromEntries(request.query), ...request.params, ...request.body };
  const fault = kernel.faults.take(company.name, matched.route.operation, facts, TRANSPORT_FAULTS);
  const kind = fault?.kind;
  const noted = kind ? { fault: kind } : {};
  if (fault?.kind === 'slow') await pause(fault.delay_ms ?? 1_000);
  if (fault && kind && BEFORE.includes(kind)) {
    if (kind === 'cut_before') response.destroy();
    else if (kind === 'timeout_before') hang(response, fault);
    else {
      const reply = faultReply(company, fault);
      send(response, reply, headers);
      return { status: reply.status, ...noted };
    }
    return { status: 0, ...noted };
  }
  if (matched.route.stream) {
    matched.route.stream(request, response);
    return { status: 200, ...noted };
  }
  const reply = await perform(kernel, company, matched.route, request);
  if (fault && kind === 'cut_after') response.destroy();
  else if (fault && kind === 'timeout_after') hang(response, fault);
  else {
    const sent = fault && kind === 'error_after' ? faultReply(company, fault) : reply;
    send(response, sent, headers);
    return { status: sent.status, ...noted };
  }
  return { status: 0, ...noted };
}

/** Starts the listener of one company on 127.0.0.1 (port 0 = any free one). */
export async function createListener(kernel: Kernel, company: Company, port = 0): Promise<Listener> {
  const find = createRouter(company.routes);
  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(message.url ?? '/', 'http://sandbox');
    const method = message.method ?? 'GET';
    const requestId = String(message.headers['x-request-id'] ?? randomUUID());
    const raw = await readBody(message);
    const matched = find(method, url.pathname);
    if (!matched) {
      send(
        response,
        { status: 404, body: company.errorBody(404, 'Resource not found') },
        { 'x-request-id': requestId },
      );
      kernel.requests.note({
        company: company.name,
        method,
        path: url.pathname,
        operation: '',
        status: 404,
        requestId,
      });
      return;
    }
    const { params } = matched;
    const parsed = parseBody(raw, String(message.headers['content-type'] ?? ''));
    const request: SandboxRequest = {
      method,
      path: url.pathname,
      params,
      query: url.searchParams,
      headers: message.headers,
      raw,
      ...parsed,
      requestId,
      prepared: undefined,
    };
    const { operation } = matched.route;
    const outcome = await answer(kernel, company, matched, request, response);
    kernel.requests.note({
      company: company.name,
      method,
      path: url.pathname,
      operation,
      requestId,
      ...outcome,
    });
  };
  const server: Server = createServer({ keepAliveTimeout: 60_000 }, (message, response) => {
    serve(message, response).catch((error: unknown) => {
      // A caller that hangs up in the middle is no news.
      if (message.destroyed || response.destroyed) return;
      process.stderr.write(`sandbox: ${company.name} listener: ${String(error)}\n`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
