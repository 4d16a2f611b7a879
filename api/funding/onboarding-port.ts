/** What the API asks of the onboarding lifecycle; the workflow behind it is wired in by server.ts. */

/** A customer's application, as the broker needs it. Personal data: never logged, never in plain text at rest. */
interface OnboardingApplication {
  readonly given_name: string;
  readonly family_name: string;
  readonly date_of_birth: string;
  readonly tax_id: string;
  readonly tax_id_type: string;
  readonly country_of_tax_residence: string;
  readonly email_address: string;
  readonly street_address: readonly string[];
  readonly city: string;
  readonly state?: string;
  readonly postal_code: string;
  readonly country: string;
  readonly funding_source: readonly string[];
  readonly is_control_person: boolean;
  readonly is_affiliated_exchange_or_finra: boolean;
  readonly is_politically_exposed: boolean;
  readonly immediate_family_exposed: boolean;
  /** Agreements that the customer accepted, with when and from where. */
  readonly agreements: readonly {
    readonly agreement: string;
    readonly signed_at: string;
    readonly ip_address: string;
  }[];
}

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
    request: OnboardingRequest & { readonly application: OnboardingApplication },
  ): Promise<'accepted' | 'not_open'>;
  /**
   * Hands in a document that the broker asked for. Idempotent by `operationId`.
   * @returns `accepted`, or `not_open` when the broker asks for nothing at the moment.
   */
  addDocument(
    request: OnboardingRequest & { readonly document: OnboardingDocument },
  ): Promise<'accepted' | 'not_open'>;
}
