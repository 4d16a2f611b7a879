/** What the broker's findings about an application mean for the customer, in words. */

/** One thing that the broker wants before it opens the account. */
export interface KycAsk {
  /** The broker's own code. */
  readonly code: string;
  /** What the customer reads. */
  readonly customer: string;
  /** Kinds of document that answer it; empty when words do. */
  readonly documents: readonly string[];
}

const ID = ['identity_verification'];

/** Alpaca: Account Status Events for KYCaaS, "Documentation Required" and "Additional Information Required". */
const ASKS: Readonly<Record<string, Omit<KycAsk, 'code'>>> = {
  IDENTITY_VERIFICATION: {
    customer: 'Please send a photo of your government ID card or passport.',
    documents: ID,
  },
  DATE_OF_BIRTH: {
    customer: 'Please send a photo of your government ID that shows your date of birth.',
    documents: ['date_of_birth_verification', ...ID],
  },
  TAX_IDENTIFICATION: {
    customer: 'Please send a photo of your tax ID card.',
    documents: ['tax_id_verification'],
  },
  ADDRESS_VERIFICATION: {
    customer: 'Please send a recent statement that shows your address, such as a utility bill.',
    documents: ['address_verification', ...ID],
  },
  SELFIE_VERIFICATION: { customer: 'Please send a photo of yourself holding your ID.', documents: ID },
  PEP: {
    customer: 'Please tell us your job title and the address of your employer.',
    documents: ['pep_declaration_form'],
  },
  FAMILY_MEMBER_PEP: {
    customer: 'Please tell us the name of the family member who holds a public office.',
    documents: ['pep_declaration_form'],
  },
  CONTROL_PERSON: {
    customer: 'Please tell us the name, address and e-mail address of the company that you control.',
    documents: ['limited_trading_authorization'],
  },
  AFFILIATED: {
    customer: 'Please tell us the name, address and e-mail address of the firm that you work for.',
    documents: ['limited_trading_authorization'],
  },
  VISA_TYPE_OTHER: { customer: 'Please tell us the type and the expiry date of your visa.', documents: ID },
  W8BEN_CORRECTION: { customer: 'Please send a corrected form W-8BEN.', documents: ['w8ben'] },
};

const ANYTHING_ELSE = 'We need one more document from you. Our support team will tell you which.';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What is asked of the customer, in a stable order: everything that the broker left open or turned down.
 * A code that we do not know asks for "one more document" and never breaks anything.
 */
export function kycAsks(results: unknown): readonly KycAsk[] {
  if (!isObject(results)) return [];
  const codes = ['reject', 'indeterminate'].flatMap((name) => {
    const found = results[name];
    return isObject(found) ? Object.keys(found).sort() : [];
  });
  return [...new Set(codes)].map((code) => ({
    code,
    ...(ASKS[code] ?? { customer: ANYTHING_ELSE, documents: [] }),
  }));
}

/** The sentence of a notice: everything that is asked, or that something is. */
export function kycAskSentence(results: unknown): string {
  const sentences = new Set(kycAsks(results).map((ask) => ask.customer));
  return sentences.size === 0 ? ANYTHING_ELSE : [...sentences].join(' ');
}
