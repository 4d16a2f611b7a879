/** For machines that watch us: alive, ready, measured. */
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';

const CHECK_TIMEOUT_MS = 2_000;
const okSchema = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Health' });

const healthz = defineRoute(
  {
    method: 'GET',
    path: '/healthz',
    operationId: 'healthz',
    tag: 'operations',
    summary: 'Is the process alive?',
    access: 'public',
    responses: { 200: { description: 'Alive.', schema: okSchema } },
  },
  () => ({ status: 200, body: { status: 'ok' } }),
);

/** True when the check ends well within its time. */
async function passes(check: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), CHECK_TIMEOUT_MS);
  });
  const done = check.then(
    () => true,
    () => false,
  );
  return Promise.race([done, timeout]).finally(() => clearTimeout(timer));
}

/** Names of the parts that do not answer. */
async function partsDown(deps: ApiDeps): Promise<string[]> {
  const checks = {
    postgres: passes(deps.database.query('select 1')),
    temporal: passes(deps.temporal.workflowService.getSystemInfo({})),
  };
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, ok]) => ((await ok) ? [] : [name])),
  );
  return results.flat();
}

const readyz = defineRoute(
  {
    method: 'GET',
    path: '/readyz',
    operationId: 'readyz',
    tag: 'operations',
    summary: 'Can the process serve requests?',
    description: 'Asks Postgres and Temporal, each for at most two seconds, and names what does not answer.',
    access: 'public',
    responses: { 200: { description: 'Ready.', schema: okSchema } },
  },
  async (_input, deps) => {
    const down = await partsDown(deps);
    if (down.length === 0) return { status: 200, body: { status: 'ok' } };
    const detail = `Not answering: ${down.join(', ')}.`;
    throw new ProblemError('service_unavailable', detail, { retryAfterSeconds: 2 });
  },
);

const metrics = defineRoute(
  {
    method: 'GET',
    path: '/metrics',
    operationId: 'metrics',
    tag: 'operations',
    summary: 'Measurements for Prometheus',
    access: 'public',
    responses: { 200: { description: 'Prometheus text format.', contentType: 'text/plain' } },
  },
  async (_input, deps) => ({
    status: 200,
    text: await deps.metrics.metrics(),
    contentType: deps.metrics.contentType,
  }),
);

export const healthRoutes = [healthz, readyz, metrics];
