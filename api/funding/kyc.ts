/** The identity check of the signed-in user: where it stands, what is missing, what comes next. */
import { z } from 'zod';
import { findKycStanding } from '../../db/funding/kyc-application-queries.ts';
import { findUser } from '../../db/platform/user-queries.ts';
import { kycLifecycle } from '../../domain/funding/kyc.ts';
import { kycAsks } from '../../domain/funding/kyc-asks.ts';
import { isPossibleSsn } from '../../domain/funding/tax-id.ts';
import { stateSpec, statesOf } from '../../domain/lifecycle.ts';
import { ROLES } from '../../domain/platform/user.ts';
import { day, email, line, phoneNumber } from '../fields.ts';
import { missingUser } from '../platform/me.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { validationProblem } from '../validation.ts';

/** Alpaca: Broker API, `tax_id_type`, `funding_source`, `agreement`, `document_type`. */
const TAX_ID_TYPES = ['USA_SSN', 'USA_TIN', 'NOT_SPECIFIED'] as const;
const FUNDING_SOURCES = [
  'employment_income',
  'investments',
  'inheritance',
  'business_income',
  'savings',
  'family',
] as const;
const AGREEMENTS = [
  'customer_agreement',
  'account_agreement',
  'margin_agreement',
  'crypto_agreement',
] as const;
const DOCUMENT_TYPES = [
  'identity_verification',
  'address_verification',
  'date_of_birth_verification',
  'tax_id_verification',
  'account_approval_letter',
  'w8ben',
] as const;
const DOCUMENT_MIME_TYPES = ['image/jpeg', 'image/png', 'application/pdf'] as const;
/** Alpaca takes documents of at most 10 MB; base64 makes 4 characters of 3 bytes. */
const MAX_DOCUMENT_BYTES = 10 * 1024 * 1024;
const ADULT_YEARS = 18;

const NEXT = {
  not_started: 'Send the application with POST /v1/me/kyc.',
  pending: 'Nothing to do: the broker is checking.',
  action_required: 'Upload what is missing with POST /v1/me/kyc/documents.',
  approved: 'Nothing to do: the account is open.',
  rejected: 'Nothing to do. Contact support to learn more.',
} as const;

/** Before the sentence of an application that the broker turned back. */
const REFUSED = 'The broker could not accept your application as it was: please check your details. ';

const kycSchema = z
  .strictObject({
    status: z.enum(statesOf(kycLifecycle)),
    message: z.string().describe('For the customer.'),
    missing: z
      .array(z.string())
      .describe(
        'What is not there yet: `application`, `passcode`, `document:<reason>` from you; `wallet:<chain>` from us.',
      ),
    asks: z
      .array(
        z.strictObject({
          code: z.string().describe("The broker's own code."),
          message: z.string().describe('For the customer.'),
          documents: z.array(z.string()).describe('Values of `document_type` that answer it.'),
        }),
      )
      .describe('What the broker asks for right now, in words.'),
    next: z.string().describe('What to do now.'),
  })
  .meta({ id: 'Kyc' });

const getKyc = defineRoute(
  {
    method: 'GET',
    path: '/v1/me/kyc',
    operationId: 'getKyc',
    tag: 'me',
    summary: 'Where does my identity check stand?',
    access: ROLES,
    responses: { 200: { description: 'Status, what is missing, what comes next.', schema: kycSchema } },
  },
  async ({ caller }, deps) => {
    const user = await findKycStanding(deps.database, caller.userId);
    if (!user) throw missingUser();
    const status = user.kyc_status;
    const asks = status === 'action_required' ? kycAsks(user.kyc_results) : [];
    const missing = [
      ...(status === 'not_started' ? ['application'] : []),
      ...(user.has_passcode ? [] : ['passcode']),
      ...asks.map(({ code }) => `document:${code}`),
      ...user.wallets_missing.map((chain) => `wallet:${chain}`),
    ];
    const refused = status === 'not_started' && user.was_refused ? REFUSED : '';
    const message = refused + stateSpec(kycLifecycle, status).customer;
    const inWords = asks.map(({ code, customer, documents }) => ({
      code,
      message: customer,
      documents: [...documents],
    }));
    return { status: 200, body: { status, message, missing, asks: inWords, next: NEXT[status] } };
  },
);

const birthday = day.refine(
  (value) => {
    const limit = new Date();
    limit.setUTCFullYear(limit.getUTCFullYear() - ADULT_YEARS);
    return value >= '1900-01-01' && value <= limit.toISOString().slice(0, 10);
  },
  { error: `is not the birthday of somebody who is at least ${ADULT_YEARS} years old` },
);
const country = z
  .string()
  .regex(/^[A-Z]{3}$/, { error: 'is not a country code of three letters (ISO 3166-1 alpha-3)' })
  .describe('ISO 3166-1 alpha-3.');

const applicationSchema = z
  .strictObject({
    given_name: line(1, 50),
    family_name: line(1, 50),
    date_of_birth: birthday,
    tax_id: line(1, 40).regex(/^[A-Za-z0-9-]+$/, {
      error: 'has characters other than letters, digits and -',
    }),
    tax_id_type: z.enum(TAX_ID_TYPES),
    country_of_tax_residence: country,
    email_address: email,
    phone_number: phoneNumber
      .optional()
      .describe('For a customer who did not sign in with a phone: of others that one is used.'),
    street_address: z.array(line(1, 100)).min(1).max(3),
    city: line(1, 100),
    state: line(1, 50).optional(),
    postal_code: line(1, 20),
    country,
    funding_source: z.array(z.enum(FUNDING_SOURCES)).min(1).max(FUNDING_SOURCES.length),
    is_control_person: z.boolean(),
    is_affiliated_exchange_or_finra: z.boolean(),
    is_politically_exposed: z.boolean(),
    immediate_family_exposed: z.boolean(),
    agreements: z
      .array(z.enum(AGREEMENTS))
      .min(1)
      .max(AGREEMENTS.length)
      .refine((list) => list.includes('customer_agreement'), { error: 'customer_agreement must be accepted' })
      .describe('What the customer accepted in the app just now.'),
  })
  .refine((body) => body.country !== 'USA' || body.state !== undefined, {
    path: ['state'],
    error: 'is required for addresses in the USA',
  })
  .refine((body) => body.tax_id_type !== 'USA_SSN' || isPossibleSsn(body.tax_id), {
    path: ['tax_id'],
    error: 'is not a social security number',
  })
  .meta({ id: 'KycApplication' });

const acceptedSchema = z
  .strictObject({ status: z.literal('accepted'), next: z.string() })
  .meta({ id: 'KycAccepted' });
const accepted = {
  status: 202,
  body: { status: 'accepted', next: 'We tell you when it goes on; GET /v1/me/kyc shows where it stands.' },
} as const;

/**
 * The broker takes nobody without a phone number. The one that a customer signed in with is verified and counts; who
 * came by an outside identity provider gives one.
 */
function phoneToAskFor(verified: string | null, given: string | undefined): string | undefined {
  const refuse = (detail: string) => validationProblem([{ in: 'body', pointer: '/phone_number', detail }]);
  if (verified === null && given === undefined)
    throw refuse('This field is required of a customer who did not sign in with a phone.');
  if (verified !== null && given !== undefined && given !== verified)
    throw refuse('This is not the number that you signed in with.');
  return verified === null ? given : undefined;
}

const submitKyc = defineRoute(
  {
    method: 'POST',
    path: '/v1/me/kyc',
    operationId: 'submitKyc',
    tag: 'me',
    summary: 'Apply for an account',
    description: 'Starts the onboarding: the brokerage account with its identity check, then the wallets.',
    access: ['user'],
    body: applicationSchema,
    responses: { 202: { description: 'The application is on its way.', schema: acceptedSchema } },
    problems: ['kyc_not_open'],
  },
  async ({ body, caller, requestId, operationId, ip }, deps) => {
    const signed = { signed_at: new Date().toISOString(), ip_address: ip.replace(/^::ffff:/, '') };
    const { agreements, state, phone_number: given, ...rest } = body;
    const user = await findUser(deps.database, caller.userId);
    if (!user) throw missingUser();
    const unverified = phoneToAskFor(user.phone_number, given);
    const application = {
      ...rest,
      ...(state === undefined ? {} : { state }),
      ...(unverified === undefined ? {} : { phone_number: unverified }),
      agreements: [...new Set(agreements)].map((agreement) => ({ agreement, ...signed })),
    };
    const request = { userId: caller.userId, requestId, operationId };
    const answer = await deps.onboarding.submit({ ...request, application });
    if (answer === 'not_open') throw new ProblemError('kyc_not_open');
    return accepted;
  },
);

const uploadDocument = defineRoute(
  {
    method: 'POST',
    path: '/v1/me/kyc/documents',
    operationId: 'uploadKycDocument',
    tag: 'me',
    summary: 'Upload a document that was asked for',
    access: ['user'],
    bodyLimit: Math.ceil(MAX_DOCUMENT_BYTES / 3) * 4 + 4096,
    body: z
      .strictObject({
        document_type: z.enum(DOCUMENT_TYPES),
        document_sub_type: line(1, 60).optional(),
        mime_type: z.enum(DOCUMENT_MIME_TYPES),
        content: z
          .base64()
          .min(4)
          .max(Math.ceil(MAX_DOCUMENT_BYTES / 3) * 4)
          .describe('Base64 of at most 10 MB.'),
      })
      .meta({ id: 'KycDocument' }),
    responses: { 202: { description: 'The document is on its way to the broker.', schema: acceptedSchema } },
    problems: ['kyc_not_open'],
  },
  async ({ body, caller, requestId, operationId }, deps) => {
    const { document_sub_type, ...rest } = body;
    const document = { ...rest, ...(document_sub_type === undefined ? {} : { document_sub_type }) };
    const request = { userId: caller.userId, requestId, operationId };
    const answer = await deps.onboarding.addDocument({ ...request, document });
    if (answer === 'not_open')
      throw new ProblemError('kyc_not_open', 'The broker asks for no document at the moment.');
    return accepted;
  },
);

export const kycRoutes = [getKyc, submitKyc, uploadDocument];
