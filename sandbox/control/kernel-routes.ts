/** Control routes over the kernel: clock, settings, faults, books, payments, requests, deliveries. */
import { EVENT_FAULTS, type FaultInput } from '../kernel/faults.ts';
import { Refusal, type Reply, type Route, route, type SandboxRequest } from '../kernel/http.ts';
import type { Kernel } from '../kernel/kernel.ts';

const ok = (body: unknown): Reply => ({ status: 200, body });

/** A 400 with a sentence that says what is wrong. */
export function badRequest(message: string): Refusal {
  return new Refusal(400, { error: { status: 400, message } });
}

function optional(request: SandboxRequest, name: string): string | undefined {
  return request.query.get(name) ?? undefined;
}

function limitOf(request: SandboxRequest): number {
  const limit = Number(request.query.get('limit') ?? 100);
  if (!Number.isInteger(limit) || limit < 1) throw badRequest('limit must be a positive integer');
  return limit;
}

const FAULT_NUMBERS = ['count', 'rate', 'seed', 'delay_ms', 'status'] as const;

/** Reads a fault from a request body; the company may be left out when the operation names it. */
function readFault(body: Record<string, unknown>): FaultInput {
  const { operation = '*', kind } = body;
  if (typeof operation !== 'string' || operation === '') throw badRequest('operation must be a string');
  if (typeof kind !== 'string' || kind === '') throw badRequest('kind must be a string');
  const named = operation.includes('.') ? operation.split('.')[0] : '*';
  const company = body.company ?? named;
  if (typeof company !== 'string') throw badRequest('company must be a string');
  const fault: Record<string, unknown> = { company, operation, kind };
  for (const name of FAULT_NUMBERS) {
    const value = body[name];
    if (value === undefined) continue;
    if (typeof value !== 'number' || value < 0) throw badRequest(`${name} must be a number, not below 0`);
    fault[name] = value;
  }
  for (const name of ['match', 'details'] as const) {
    const value = body[name];
    if (value === undefined) continue;
    if (value === null || typeof value !== 'object') throw badRequest(`${name} must be an object`);
    fault[name] = value;
  }
  if (body.body !== undefined) fault.body = body.body;
  const isEvent = (EVENT_FAULTS as readonly string[]).includes(kind);
  if (isEvent && operation === '*' && company === '*') throw badRequest('an event fault needs its company');
  return fault as FaultInput;
}

function faultRoutes({ faults }: Kernel): Route[] {
  return [
    route('GET', '/control/faults', 'control.listFaults', () => ok({ data: faults.list() })),
    route('POST', '/control/faults', 'control.addFault', ({ body }) => {
      const inputs = Array.isArray(body) ? (body as Record<string, unknown>[]) : [body];
      const added = inputs.map(readFault).map((input) => faults.add(input));
      return { status: 201, body: Array.isArray(body) ? { data: added } : added[0] };
    }),
    route('DELETE', '/control/faults', 'control.clearFaults', () => {
      faults.clear();
      return { status: 204 };
    }),
    route('DELETE', '/control/faults/:id', 'control.removeFault', ({ params }) =>
      faults.remove(params.id ?? '') ? { status: 204 } : { status: 404, body: { error: { status: 404 } } },
    ),
  ];
}

/** Every control route that no company adds. */
export function kernelRoutes(kernel: Kernel): Route[] {
  const { clock, settings, scheduler, books, payments, requests, events } = kernel;
  return [
    route('GET', '/control/health', 'control.health', () =>
      ok({ status: 'ok', pace: kernel.pace, now: clock.iso(), urls: Object.fromEntries(kernel.urls) }),
    ),
    route('POST', '/control/clock/advance', 'control.advanceClock', ({ body }) => {
      const { seconds } = body;
      if (typeof seconds !== 'number' || !(seconds >= 0))
        throw badRequest('seconds must be a number, not below 0');
      clock.advance(seconds * 1_000);
      return ok({ now: clock.iso(), steps_due: scheduler.pending(clock.now()) });
    }),
    route('GET', '/control/clock', 'control.readClock', () =>
      ok({ now: clock.iso(), steps_due: scheduler.pending(clock.now()), steps_pending: scheduler.pending() }),
    ),
    route('GET', '/control/settings', 'control.readSettings', () => ok(settings.all())),
    route('PATCH', '/control/settings', 'control.changeSettings', ({ body }) => {
      try {
        settings.patch(body);
      } catch (error) {
        throw badRequest(error instanceof Error ? error.message : String(error));
      }
      return ok(settings.all());
    }),
    ...faultRoutes(kernel),
    route('GET', '/control/books', 'control.readBooks', (request) =>
      ok({ accounts: books.balances(optional(request, 'prefix') ?? ''), sums: books.sums() }),
    ),
    route('GET', '/control/payments', 'control.listPayments', (request) => {
      const reference = optional(request, 'reference');
      const company = optional(request, 'company');
      return ok({
        data: payments.list({ ...(reference ? { reference } : {}), ...(company ? { company } : {}) }),
      });
    }),
    route('GET', '/control/requests', 'control.listRequests', (request) => {
      const company = optional(request, 'company');
      const operation = optional(request, 'operation');
      const filter = { ...(company ? { company } : {}), ...(operation ? { operation } : {}) };
      return ok({ data: requests.list({ ...filter, limit: limitOf(request) }) });
    }),
    route('GET', '/control/events', 'control.listEvents', (request) => {
      const company = optional(request, 'company');
      return ok({ data: events.list({ ...(company ? { company } : {}), limit: limitOf(request) }) });
    }),
  ];
}
