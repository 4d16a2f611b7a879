/** An application in Alpaca's fields, and the proof that an account at Alpaca is the one it asked for. */
import type { KycApplication } from '../../domain/funding/kyc-application.ts';
import type { AlpacaAccount } from '../providers/alpaca/mapping.ts';
import type { CreateAccountInput } from '../providers/alpaca/schema.ts';

/** Alpaca's clock and ours may differ this much. */
const CLOCK_TOLERANCE_MS = 60_000;

/**
 * Alpaca: Broker API reference, POST /v1/accounts. The phone number is the one that the customer signed in with, else
 * the one in the application.
 */
export function toAccountInput(
  application: KycApplication,
  verifiedPhone: string | null,
): CreateAccountInput {
  const a = application;
  return {
    contact: {
      emailAddress: a.email_address,
      phoneNumber: verifiedPhone ?? a.phone_number ?? '',
      streetAddress: [...a.street_address],
      city: a.city,
      ...(a.state !== undefined && { state: a.state }),
      postalCode: a.postal_code,
      country: a.country,
    },
    identity: {
      givenName: a.given_name,
      familyName: a.family_name,
      dateOfBirth: a.date_of_birth,
      taxId: a.tax_id,
      taxIdType: a.tax_id_type,
      countryOfTaxResidence: a.country_of_tax_residence,
      fundingSource: [...a.funding_source],
    },
    disclosures: {
      isControlPerson: a.is_control_person,
      isAffiliatedExchangeOrFinra: a.is_affiliated_exchange_or_finra,
      isPoliticallyExposed: a.is_politically_exposed,
      immediateFamilyExposed: a.immediate_family_exposed,
    },
    agreements: a.agreements.map(({ agreement, signed_at, ip_address }) => ({
      agreement,
      signedAt: signed_at,
      ipAddress: ip_address,
    })),
    enabledAssets: ['us_equity'],
  };
}

const same = (left: string | null | undefined, right: string | null | undefined): boolean =>
  Boolean(left) && left?.trim().toLowerCase() === right?.trim().toLowerCase();

const digits = (text: string | null | undefined): string => (text ?? '').replace(/\D/g, '');

/**
 * Whether an account at Alpaca is the one that this application asked for: the same person by name, birthday and
 * verified phone number, opened after we wrote down the intention. One doubt, and a person decides.
 */
export function isProvablyOurs(
  account: AlpacaAccount,
  application: KycApplication,
  phoneNumber: string | null,
  intendedAt: string,
): boolean {
  const { holder, createdAt } = account;
  if (holder === null || createdAt === null) return false;
  const isSamePerson =
    same(holder.givenName, application.given_name) &&
    same(holder.familyName, application.family_name) &&
    same(holder.dateOfBirth, application.date_of_birth) &&
    digits(phoneNumber) !== '' &&
    digits(holder.phoneNumber) === digits(phoneNumber);
  return isSamePerson && Date.parse(createdAt) >= Date.parse(intendedAt) - CLOCK_TOLERANCE_MS;
}
