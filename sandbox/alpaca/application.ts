/** Checks an account application field by field, with the company's rules and a message per broken rule. */
import * as fields from './application-fields.ts';
import { invalid, malformed } from './problem.ts';

/** A JSON object whose fields are not known yet. */
export type Fields = Record<string, unknown>;

/** True for a JSON object, false for null, arrays and scalars. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function section(body: Fields, name: string): Fields {
  const value = body[name];
  if (value === undefined || value === null) throw invalid(`${name} is required`);
  if (!isFields(value)) throw malformed(`${name} must be an object`);
  return value;
}

/** Reads a required, trimmed, printable-ASCII string. Alpaca: Data Validations (romanization, whitespace). */
function requiredText(from: Fields, name: string, maximum = 255): string {
  const value = from[name];
  if (value === undefined || value === null || value === '') throw invalid(`${name} is required`);
  return checkText(name, value, maximum);
}

function checkText(name: string, value: unknown, maximum = 255): string {
  if (typeof value !== 'string') throw malformed(`${name} must be a string`);
  if (!/^[\x20-\x7e]*$/.test(value)) throw invalid(`${name} must only contain latin characters`);
  if (value !== value.trim()) throw invalid(`${name} cannot have leading or trailing spaces`);
  if (value.length > maximum) throw invalid(`${name} is too long, at most ${maximum} characters`);
  return value;
}

function oneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (typeof value !== 'string' || !allowed.includes(value)) throw invalid(`${name} is invalid`);
}

function checkCountry(name: string, value: unknown): void {
  if (typeof value !== 'string' || !/^[A-Z]{3}$/.test(value)) {
    throw invalid(`${name} must be an ISO 3166-1 alpha-3 country code`);
  }
}

/** The address for comparing: lower case. Alpaca limits it to 60 characters once the +alias is taken out. */
export function normalizeEmail(email: string): string {
  return email.toLowerCase();
}

function checkEmail(value: string): void {
  if (!/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(value)) throw invalid('email_address is invalid');
  if (value.replace(/\+[^@]*@/, '@').length > 60)
    throw invalid('email_address is too long, at most 60 characters');
}

function checkStreet(value: unknown): void {
  const lines = typeof value === 'string' ? [value] : value;
  if (lines === undefined || lines === null) throw invalid('street_address is required');
  if (!Array.isArray(lines)) throw malformed('street_address must be an array of strings');
  if (lines.length === 0) throw invalid('street_address is required');
  for (const line of lines) {
    const text = checkText('street_address', line);
    if (text.length < 2 || /^\d+$/.test(text)) throw invalid('street_address is invalid');
    if (/\bp\.?\s?o\.?\s?box\b|\bpost office box\b|\bbox\s?#/i.test(text)) {
      throw invalid('street_address cannot be a P.O. Box');
    }
  }
}

function checkState(value: unknown, american: boolean): void {
  if (value === undefined || value === null || value === '') {
    if (american) throw invalid('state is required');
    return;
  }
  const state = checkText('state', value, 50);
  if (/^\d+$/.test(state)) throw invalid('state cannot consist of only digits');
  if (american && !fields.US_STATES.has(state.toUpperCase())) throw invalid('state is invalid');
}

function checkPostalCode(value: unknown, american: boolean): void {
  if (value === undefined || value === null || value === '') {
    if (american) throw invalid('postal_code is required');
    return;
  }
  const code = checkText('postal_code', value);
  if (american && (!/^\d{5}/.test(code) || code.length > 10)) throw invalid('postal_code is invalid');
}

/** Checks the contact section; `american` says that the holder pays taxes in the USA. */
export function checkContact(contact: Fields, american: boolean): void {
  checkEmail(requiredText(contact, 'email_address', 320));
  const phone = requiredText(contact, 'phone_number');
  if (!/^\+?[0-9 ().-]{7,24}$/.test(phone)) throw invalid('phone_number is invalid');
  checkStreet(contact.street_address);
  if (/^\d+$/.test(requiredText(contact, 'city'))) throw invalid('city cannot consist of only digits');
  const country = contact.country;
  if (country !== undefined && country !== null) checkCountry('country', country);
  checkState(contact.state, american || country === 'USA');
  checkPostalCode(contact.postal_code, american);
}

function isMonotonous(digits: string): boolean {
  const steps = new Set([...digits].slice(1).map((digit, i) => Number(digit) - Number(digits[i])));
  return digits.length > 1 && steps.size === 1 && [-1, 0, 1].includes([...steps][0] ?? 9);
}

/** Checks a tax id. Alpaca: Data Validations (CAIS), "Tax ID Number Validation". */
function checkTaxId(value: unknown, type: unknown): void {
  if (value === undefined || value === null || value === '') throw invalid('tax_id is required');
  const id = checkText('tax_id', value, 40);
  if (id.length < 2 || !/^[A-Za-z0-9.+-]+$/.test(id) || !/\d/.test(id)) throw invalid('tax_id is invalid');
  const digits = id.replace(/[.+-]/g, '');
  if (/^\d+$/.test(digits) && isMonotonous(digits)) throw invalid('tax_id is invalid');
  if (type !== 'USA_SSN' && type !== 'USA_TIN') return;
  if (!/^\d{9}$/.test(digits)) throw invalid('tax_id must be exactly 9 digits');
  const area = digits.slice(0, 3);
  if (area === '000' || area === '666' || digits.slice(3, 5) === '00' || digits.slice(5) === '0000') {
    throw invalid('tax_id is invalid');
  }
}

function checkBirthDate(value: string, now: Date): void {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(value) ? new Date(`${value}T00:00:00Z`) : undefined;
  if (!date || Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== value) {
    throw invalid('date_of_birth must be in YYYY-MM-DD format');
  }
  const adult = new Date(now);
  adult.setUTCFullYear(now.getUTCFullYear() - 18);
  if (date > adult) throw invalid('account owner must be at least 18 years old');
  if (date.getUTCFullYear() < 1900) throw invalid('date_of_birth is invalid');
}

/** Checks the identity section at a given time (the holder must be of age). */
export function checkIdentity(identity: Fields, now: Date): void {
  requiredText(identity, 'given_name');
  requiredText(identity, 'family_name');
  if (identity.middle_name) checkText('middle_name', identity.middle_name);
  checkBirthDate(requiredText(identity, 'date_of_birth'), now);
  checkCountry('country_of_tax_residence', identity.country_of_tax_residence ?? '');
  for (const name of ['country_of_citizenship', 'country_of_birth']) {
    if (identity[name] !== undefined && identity[name] !== null) checkCountry(name, identity[name]);
  }
  const type = identity.tax_id_type;
  if (type === undefined || type === null || type === '') throw invalid('tax_id_type is required');
  oneOf('tax_id_type', type, fields.TAX_ID_TYPES);
  if (type !== 'NOT_SPECIFIED' || identity.tax_id) checkTaxId(identity.tax_id, type);
  const sources = identity.funding_source;
  if (sources === undefined || sources === null) throw invalid('funding_source is required');
  if (!Array.isArray(sources)) throw malformed('funding_source must be an array');
  if (sources.length === 0) throw invalid('funding_source is required');
  for (const source of sources) oneOf('funding_source', source, fields.FUNDING_SOURCES);
}

const DISCLOSURES = [
  ...['is_control_person', 'is_affiliated_exchange_or_finra', 'is_politically_exposed'],
  ...['immediate_family_exposed'],
];

function checkDisclosures(disclosures: Fields): void {
  for (const name of DISCLOSURES) {
    const value = disclosures[name];
    if (value === undefined || value === null) throw invalid(`${name} is required`);
    if (typeof value !== 'boolean') throw malformed(`${name} must be a boolean`);
  }
  const employment = disclosures.employment_status;
  if (employment !== undefined && employment !== null) {
    oneOf('employment_status', employment, fields.EMPLOYMENT_STATUSES);
  }
}

function checkAgreements(agreements: unknown): void {
  if (agreements === undefined || agreements === null) throw invalid('agreements is required');
  if (!Array.isArray(agreements)) throw malformed('agreements must be an array');
  for (const one of agreements) {
    if (!isFields(one)) throw malformed('agreements must be an array of objects');
    oneOf('agreement', one.agreement, fields.AGREEMENTS);
    const signedAt = requiredText(one, 'signed_at');
    if (!/^\d{4}-\d\d-\d\dT/.test(signedAt) || Number.isNaN(Date.parse(signedAt))) {
      throw invalid('signed_at must be an RFC 3339 timestamp');
    }
    const address = requiredText(one, 'ip_address');
    if (!/^(\d{1,3}\.){3}\d{1,3}$/.test(address) && !address.includes(':'))
      throw invalid('ip_address is invalid');
  }
  const names = agreements.map((one: Fields) => one.agreement);
  if (!names.includes('customer_agreement') && !names.includes('account_agreement')) {
    throw invalid('customer_agreement is required');
  }
}

function checkTrustedContact(contact: unknown): void {
  if (contact === undefined || contact === null) return;
  if (!isFields(contact)) throw malformed('trusted_contact must be an object');
  requiredText(contact, 'given_name');
  requiredText(contact, 'family_name');
  if (!contact.email_address && !contact.phone_number && !contact.street_address) {
    throw invalid('trusted_contact needs one of email_address, phone_number or street_address');
  }
}

/** Checks one document of an upload. Alpaca: at most 10 MB encoded, PDF, PNG or JPEG. */
export function checkDocument(document: unknown): void {
  if (!isFields(document)) throw malformed('document must be an object');
  oneOf('document_type', document.document_type, fields.DOCUMENT_TYPES);
  if (document.document_type === 'w8ben' && isFields(document.content_data)) return;
  const content = document.content;
  if (typeof content !== 'string' || content === '') throw invalid('content is required');
  if (!/^[A-Za-z0-9+/=\r\n]+$/.test(content)) throw invalid('content must be base64 encoded');
  if (content.length > 10 * 1024 * 1024) throw invalid('content is too large, maximum 10MB');
  oneOf('mime_type', document.mime_type, fields.MIME_TYPES);
}

/**
 * Checks a whole application; the first broken rule is thrown as a Refusal (400 malformed, 422 invalid).
 * Alpaca: Broker API reference POST /v1/accounts, and Data Validations.
 */
export function checkApplication(body: unknown, now: Date): asserts body is Fields {
  if (!isFields(body)) throw malformed('request body format is invalid');
  const contact = section(body, 'contact');
  const identity = section(body, 'identity');
  checkContact(contact, identity.country_of_tax_residence === 'USA');
  checkIdentity(identity, now);
  checkDisclosures(section(body, 'disclosures'));
  checkAgreements(body.agreements);
  checkTrustedContact(body.trusted_contact);
  if (body.account_type !== undefined) oneOf('account_type', body.account_type, fields.ACCOUNT_TYPES);
  const assets = body.enabled_assets;
  if (assets !== undefined && assets !== null) {
    if (!Array.isArray(assets)) throw malformed('enabled_assets must be an array');
    for (const one of assets) oneOf('enabled_assets', one, fields.ENABLED_ASSETS);
  }
  const documents = body.documents;
  if (documents !== undefined && documents !== null) {
    if (!Array.isArray(documents)) throw malformed('documents must be an array');
    for (const document of documents) checkDocument(document);
  }
}
