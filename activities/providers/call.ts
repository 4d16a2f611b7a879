/** The one way a provider client makes a call: input checked, rate kept, answer checked, errors classified. */
import type { z } from 'zod';
import { Defect, type Provider, ProviderError } from '../../domain/provider-error.ts';
import { type CallFacts, type CallKind, errorForUnreadable } from './classify.ts';
import { timeLeft } from './deadline.ts';
import { withoutQuotes } from './quotes.ts';
import type { RateGate } from './rate.ts';

/** Milliseconds that a call may take from the first byte to the last. */
export interface CallTimeouts {
  readonly readMs: number;
  readonly writeMs: number;
}

/** What all calls of one client have in common. */
interface CallerOptions {
  readonly provider: Provider;
  readonly timeouts: CallTimeouts;
  /** Turns whatever the transport or the SDK threw into one of the four classes. */
  readonly toError: (call: CallFacts, error: unknown) => ProviderError;
  /** Calls whose input is about a person: nothing of it may be quoted in their errors. */
  readonly personal?: ReadonlySet<string>;
}

/** One call: `send` makes the request within `timeoutMs` and returns the body of a 2xx answer. */
interface Call<Input extends z.ZodType, Answer extends z.ZodType> {
  readonly operation: string;
  readonly kind: CallKind;
  readonly gate: RateGate;
  readonly input: readonly [schema: Input, value: unknown];
  readonly answer: Answer;
  readonly send: (input: z.output<Input>, timeoutMs: number) => Promise<unknown>;
}

/** Makes calls for one client; see `createCaller`. */
export type Caller = <Input extends z.ZodType, Answer extends z.ZodType>(
  call: Call<Input, Answer>,
) => Promise<z.output<Answer>>;

/**
 * The caller of one client.
 * @throws Refused, Unavailable, Unclear or Defect, and nothing else.
 */
export function createCaller({ provider, timeouts, toError, personal }: CallerOptions): Caller {
  return async ({ operation, kind, gate, input: [schema, value], answer, send }) => {
    const facts: CallFacts = { provider, operation, kind };
    const input = checkInput(facts, schema, value);
    await gate(facts);
    let body: unknown;
    try {
      body = await send(input, timeLeft(kind === 'write' ? timeouts.writeMs : timeouts.readMs));
    } catch (error) {
      const failure = error instanceof ProviderError ? error : toError(facts, error);
      throw personal?.has(operation) ? withoutQuotes(failure, input) : failure;
    }
    const checked = answer.safeParse(body);
    if (checked.success) return checked.data;
    const isJson = typeof body === 'object' && body !== null;
    throw errorForUnreadable(facts, describeIssues(checked.error), isJson);
  };
}

/**
 * Checks what we are about to send.
 * @throws Defect that names the fields which are wrong.
 */
export function checkInput<Input extends z.ZodType>(
  { provider, operation }: Pick<CallFacts, 'provider' | 'operation'>,
  schema: Input,
  value: unknown,
): z.output<Input> {
  const input = schema.safeParse(value);
  if (input.success) return input.data;
  const message = `${provider} ${operation}: our input is wrong (${describeIssues(input.error)})`;
  throw new Defect(message, { provider, operation, code: 'invalid_input' });
}

/** Names the fields that are wrong, never their values: those may be personal. */
function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'body'}: ${issue.code}`)
    .join(', ');
}
