/** What the API asks of the onboarding lifecycle; the workflow behind it is wired in by server.ts. */
import type { KycApplication } from '../../domain/funding/kyc-application.ts';

interface OnboardingDocument {
  readonly document_type: string;
  readonly document_sub_type?: string;
  readonly mime_type: string;
  /** Base64. */
  readonly content: string;
}

/** Common to every request: names the request in logs, and makes a repetition recognisable. */
export interface OnboardingRequest {
  readonly userId: string;
  readonly requestId: string;
  /** The same for every repetition of one request. */
  readonly operationId: string;
}

export interface OnboardingPort {
  /**
   * Starts the onboarding of a user, or continues one whose application was refused for correction.
   * Idempotent by `operationId`.
   * @returns `accepted`, or `not_open` when an application is with the broker already or decided.
   */
  submit(
    request: OnboardingRequest & { readonly application: KycApplication },
  ): Promise<'accepted' | 'not_open'>;
  /**
   * Hands in a document that the broker asked for. Idempotent by `operationId`.
   * @returns `accepted`, or `not_open` when the broker asks for nothing at the moment.
   */
  addDocument(
    request: OnboardingRequest & { readonly document: OnboardingDocument },
  ): Promise<'accepted' | 'not_open'>;
}
