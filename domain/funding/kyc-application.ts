/** A customer's application, as it is sealed. Personal data: never logged, never in plain text at rest. */

export interface KycApplication {
  readonly given_name: string;
  readonly family_name: string;
  readonly date_of_birth: string;
  readonly tax_id: string;
  readonly tax_id_type: string;
  readonly country_of_tax_residence: string;
  readonly email_address: string;
  /** Given by a customer who did not sign in with a phone; nobody has verified it. */
  readonly phone_number?: string;
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
  readonly agreements: readonly {
    readonly agreement: string;
    readonly signed_at: string;
    readonly ip_address: string;
  }[];
}

/** A document as it is sealed; its kind and its format stand beside it in plain text. */
export interface KycDocumentContent {
  /** Base64. */
  readonly content: string;
  readonly document_sub_type?: string;
}
