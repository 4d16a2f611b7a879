/** The rules of onboarding without a server: what statuses mean, what is asked, what is sealed, what is ours. */
import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { isProvablyOurs } from '../../activities/funding/account-application.ts';
import { accountVerdict } from '../../activities/funding/account-verdict.ts';
import { toAccountStatus } from '../../activities/providers/alpaca/mapping.ts';
import { newCustomerKey, openCustomerKey, openJson, sealJson } from '../../db/funding/customer-key.ts';
import type { KycApplication } from '../../domain/funding/kyc-application.ts';
import { kycAskSentence, kycAsks } from '../../domain/funding/kyc-asks.ts';
import { onboardingPolicy } from '../../domain/funding/onboarding-policy.ts';

const verdictOf = (word: string) => accountVerdict({ status: toAccountStatus(word), providerState: word });

test.each([
  ['ACTIVE', 'active'],
  ['ACTION_REQUIRED', 'action_required'],
  ['REJECTED', 'rejected'],
  ['ACCOUNT_CLOSED', 'closed'],
  ['SUBMITTED', 'waiting'],
  ['SUBMISSION_FAILED', 'waiting'],
  ['APPROVAL_PENDING', 'waiting'],
  ['APPROVED', 'waiting'],
  ['ACCOUNT_UPDATED', 'waiting'],
  ['RESUBMITTED', 'waiting'],
  ['INACTIVE', 'unknown'],
  ['DISABLED', 'unknown'],
])('the status %s means %s', (word, verdict) => {
  expect(verdictOf(word)).toBe(verdict);
});

test('no word that Alpaca may invent counts as open, rejected or closed', () => {
  const known = new Set(['ACTIVE', 'REJECTED', 'ACCOUNT_CLOSED']);
  fc.assert(
    fc.property(fc.string(), (word) => {
      fc.pre(!known.has(word.toUpperCase()));
      expect(['waiting', 'unknown', 'action_required']).toContain(verdictOf(word));
    }),
  );
});

test('each finding is asked for once, in words; what was accepted is not asked for', () => {
  const results = {
    reject: { TAX_IDENTIFICATION: {} },
    indeterminate: { IDENTITY_VERIFICATION: {}, TAX_IDENTIFICATION: {} },
    accept: { ADDRESS_VERIFICATION: {} },
  };
  expect(kycAsks(results).map((ask) => ask.code)).toEqual(['TAX_IDENTIFICATION', 'IDENTITY_VERIFICATION']);
  expect(kycAskSentence(results)).toBe(
    'Please send a photo of your tax ID card. Please send a photo of your government ID card or passport.',
  );
});

test('findings of any shape never break anything', () => {
  fc.assert(
    fc.property(fc.anything(), (results) => {
      expect(kycAskSentence(results)).toMatch(/\.$/);
    }),
  );
});

const application: KycApplication = {
  given_name: 'Ada',
  family_name: 'Lovelace',
  date_of_birth: '1985-12-10',
  tax_id: '412-55-7788',
  tax_id_type: 'USA_SSN',
  country_of_tax_residence: 'USA',
  email_address: 'ada@example.com',
  street_address: ['12 Analytical Street'],
  city: 'San Mateo',
  state: 'CA',
  postal_code: '94401',
  country: 'USA',
  funding_source: ['savings'],
  is_control_person: false,
  is_affiliated_exchange_or_finra: false,
  is_politically_exposed: false,
  immediate_family_exposed: false,
  agreements: [],
};
const holder = {
  givenName: 'Ada',
  familyName: 'LOVELACE',
  dateOfBirth: '1985-12-10',
  phoneNumber: '+1 (500) 555-0006',
};
const account = {
  id: randomUUID(),
  accountNumber: null,
  status: 'submitted' as const,
  providerState: 'SUBMITTED',
  currency: 'USD',
  kycResults: null,
  createdAt: '2026-01-02T10:00:00Z',
  holder,
};
const INTENDED = '2026-01-02T09:59:59Z';

test('the account of the same person that was opened after our intention is ours', () => {
  expect(isProvablyOurs(account, application, '+15005550006', INTENDED)).toBe(true);
});

test.each([
  ['another name', { holder: { ...holder, givenName: 'Grace' } }, '+15005550006'],
  ['another birthday', { holder: { ...holder, dateOfBirth: '1985-12-11' } }, '+15005550006'],
  ['another phone number', {}, '+15005550007'],
  ['no phone number', {}, null],
  ['no holder shown', { holder: null }, '+15005550006'],
  ['a time before our intention', { createdAt: '2026-01-01T10:00:00Z' }, '+15005550006'],
  ['no time shown', { createdAt: null }, '+15005550006'],
])('an account with %s is not provably ours', (_name, change, phone) => {
  expect(isProvablyOurs({ ...account, ...change }, application, phone, INTENDED)).toBe(false);
});

test('what is sealed opens with the customer’s key and its context, and with nothing else', () => {
  const keys = { keys: new Map([['a', randomBytes(32)]]), activeKeyId: 'a' };
  const user = randomUUID();
  const sealedKey = newCustomerKey(user, keys);
  const key = openCustomerKey(user, sealedKey, keys);
  const sealed = sealJson(key, application, 'here');
  expect(openJson(key, sealed, 'here')).toEqual(application);
  expect(sealed.toString('latin1')).not.toContain('Lovelace');
  expect(() => openJson(key, sealed, 'there')).toThrow();
  expect(() => openJson(randomBytes(32), sealed, 'here')).toThrow();
  expect(() => openCustomerKey(randomUUID(), sealedKey, keys)).toThrow();
  const altered = Buffer.from(sealed);
  altered.writeUInt8(altered.readUInt8(20) ^ 1, 20);
  expect(() => openJson(key, altered, 'here')).toThrow();
});

test('a key that was rotated out of service still opens, and a missing one is named', () => {
  const old = { keys: new Map([['old', randomBytes(32)]]), activeKeyId: 'old' };
  const user = randomUUID();
  const sealedKey = newCustomerKey(user, old);
  const rotated = { keys: new Map([...old.keys, ['new', randomBytes(32)] as const]), activeKeyId: 'new' };
  expect(openCustomerKey(user, sealedKey, rotated)).toEqual(openCustomerKey(user, sealedKey, old));
  const without = { keys: new Map([['new', randomBytes(32)]]), activeKeyId: 'new' };
  expect(() => openCustomerKey(user, sealedKey, without)).toThrow('there is no field key old');
});

test('settings that make no sense leave the usual waiting times', () => {
  const usual = onboardingPolicy(null);
  expect(usual.lookUpAfterSeconds[0]).toBe(30);
  const nonsense = { lookUpAfterSeconds: [], reviewAfterSeconds: -1, giveUpAfterSeconds: Number.NaN };
  expect(onboardingPolicy(nonsense)).toEqual(usual);
  expect(onboardingPolicy({ retryAfterSeconds: 5 })).toEqual({ ...usual, retryAfterSeconds: 5 });
});
