/** Metrics and logs around any provider client, without the client knowing. */
import { Histogram, type Registry } from 'prom-client';
import type { Provider, ProviderErrorType } from '../../domain/provider-error.ts';
import { PROVIDER_ERROR_TYPES, ProviderError } from '../../domain/provider-error.ts';

/** How a call ended: `ok`, one of the four error classes, or `bug` for anything else. */
type CallOutcome = 'ok' | ProviderErrorType | 'bug';

/** What is known of a call when it has ended. Nothing of its input or its answer, which may be personal. */
export interface CallEnd {
  readonly provider: Provider;
  readonly operation: string;
  readonly outcome: CallOutcome;
  readonly durationMs: number;
  /** The company's code of an error. */
  readonly code?: string;
  readonly httpStatus?: number;
}

/** The part of a pino logger that is needed here. */
interface CallLogger {
  debug(facts: CallEnd, message: string): void;
  warn(facts: CallEnd, message: string): void;
}

const METRIC = 'sluice_provider_call_seconds';

/**
 * Measures every call in the histogram `sluice_provider_call_seconds` with the labels provider, operation and
 * outcome. Several clients share one histogram of a registry.
 */
export function withMetrics<Client extends object>(
  provider: Provider,
  client: Client,
  registry: Registry,
): Client {
  const existing = registry.getSingleMetric(METRIC) as
    | Histogram<'provider' | 'operation' | 'outcome'>
    | undefined;
  const histogram =
    existing ??
    new Histogram({
      name: METRIC,
      help: 'Seconds that a call to a company took, by company, operation and outcome.',
      labelNames: ['provider', 'operation', 'outcome'] as const,
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
      registers: [registry],
    });
  return observe(provider, client, ({ operation, outcome, durationMs }) => {
    histogram.observe({ provider, operation, outcome }, durationMs / 1000);
  });
}

/** Logs every call: successes and refusals at debug level, what somebody may have to look at as a warning. */
export function withLog<Client extends object>(
  provider: Provider,
  client: Client,
  logger: CallLogger,
): Client {
  return observe(provider, client, (end) => {
    const message = `${end.provider} ${end.operation}: ${end.outcome}`;
    if (end.outcome === 'ok' || end.outcome === 'Refused') logger.debug(end, message);
    else logger.warn(end, message);
  });
}

function observe<Client extends object>(
  provider: Provider,
  client: Client,
  report: (end: CallEnd) => void,
): Client {
  const verbs = Object.entries(client).map(([operation, verb]) => [
    operation,
    typeof verb === 'function' ? observed(provider, operation, verb, report) : verb,
  ]);
  return Object.fromEntries(verbs) as Client;
}

function observed(
  provider: Provider,
  operation: string,
  verb: (...input: unknown[]) => unknown,
  report: (end: CallEnd) => void,
): (...input: unknown[]) => Promise<unknown> {
  return async (...input) => {
    const startedAt = performance.now();
    const facts = () => ({ provider, operation, durationMs: Math.round(performance.now() - startedAt) });
    try {
      const answer = await verb(...input);
      report({ ...facts(), outcome: 'ok' });
      return answer;
    } catch (error) {
      report({ ...facts(), ...describe(error) });
      throw error;
    }
  };
}

function describe(error: unknown): Pick<CallEnd, 'outcome' | 'code' | 'httpStatus'> {
  if (!(error instanceof ProviderError)) return { outcome: 'bug' };
  const outcome = PROVIDER_ERROR_TYPES.find((type) => type === error.name) ?? 'bug';
  return {
    outcome,
    code: error.code,
    ...(error.httpStatus === undefined ? {} : { httpStatus: error.httpStatus }),
  };
}
