/** The four ways a call to a company can go wrong, and the five ways its asynchronous outcome can stand. */

/** The companies that Sluice talks to. */
const PROVIDERS = ['circle', 'mint', 'alpaca', 'sms'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** How an operation that a company accepted stands, whatever word that company uses for it. */
const PROVIDER_OUTCOMES = ['pending', 'succeeded', 'failed', 'returned', 'unknown'] as const;
/**
 * `returned` = it had succeeded and came back (a returned payout, a corrected journal); `unknown` = the
 * company used a word that we do not know, which a person must read: it never counts as success or failure.
 */
export type ProviderOutcome = (typeof PROVIDER_OUTCOMES)[number];

/** What every provider error says about the call that raised it; plain data, safe to log and to store. */
interface ProviderErrorFacts {
  readonly provider: Provider;
  /** The verb of the client object, such as `createTransfer`. */
  readonly operation: string;
  /** The company's own code where it sent one, else the HTTP status or the network error's name. */
  readonly code: string;
  readonly httpStatus?: number | undefined;
  /** Milliseconds that the company asked us to wait. */
  readonly retryAfterMs?: number | undefined;
}

/** What the four classes share; never thrown itself. */
export abstract class ProviderError extends Error {
  readonly provider: Provider;
  readonly operation: string;
  readonly code: string;
  readonly httpStatus: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, facts: ProviderErrorFacts, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.provider = facts.provider;
    this.operation = facts.operation;
    this.code = facts.code;
    this.httpStatus = facts.httpStatus;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** The company said a clear no: nothing happened, and asking again would bring the same answer. */
export class Refused extends ProviderError {}

/** The company certainly did not process the call: asking again later is safe. */
export class Unavailable extends ProviderError {}

/** The call may or may not have happened: it must be looked up before it is tried again. */
export class Unclear extends ProviderError {}

/** The fault is ours (credentials, a malformed request, an answer we cannot read): stop and review. */
export class Defect extends ProviderError {}

/** The names under which the classes travel, for code that sees only a failure's type. */
export const PROVIDER_ERROR_TYPES = ['Refused', 'Unavailable', 'Unclear', 'Defect'] as const;
export type ProviderErrorType = (typeof PROVIDER_ERROR_TYPES)[number];
