/** One right request per endpoint: what the generated tests make their wrong ones from. */
import { randomUUID } from 'node:crypto';
import type { RouteSpec } from '../../api/route.ts';

export const APPLICATION = {
  given_name: 'Ada',
  family_name: 'Lovelace',
  date_of_birth: '1990-12-10',
  tax_id: '444-55-6789',
  tax_id_type: 'USA_SSN',
  country_of_tax_residence: 'USA',
  email_address: 'ada@example.com',
  phone_number: '+15005550006',
  street_address: ['1 Main St'],
  city: 'San Mateo',
  state: 'CA',
  postal_code: '94401',
  country: 'USA',
  funding_source: ['employment_income'],
  is_control_person: false,
  is_affiliated_exchange_or_finra: false,
  is_politically_exposed: false,
  immediate_family_exposed: false,
  agreements: ['customer_agreement'],
};

type Fields = Record<string, unknown>;

export const BODIES: Record<string, Fields> = {
  startPhoneVerification: { phone_number: '+15551230000' },
  verifyPhone: { phone_number: '+15551230000', code: '123456' },
  exchangeRefreshToken: { refresh_token: 'x'.repeat(43) },
  updateMe: { email: 'new@example.com', full_name: 'New Name' },
  setPasscode: { passcode: '271828', current_passcode: '314159' },
  verifyPasscode: { passcode: '271828' },
  submitKyc: APPLICATION,
  uploadKycDocument: {
    document_type: 'identity_verification',
    document_sub_type: 'passport',
    mime_type: 'image/png',
    content: 'aGVsbG8=',
  },
  addAddress: { chain: 'base', address: '0x52908400098527886E0F7030069857D2E4169EE7', label: 'My wallet' },
  quoteWithdrawal: { chain: 'base', amount_usd: '250.00' },
  requestWithdrawal: {
    address_id: randomUUID(),
    amount_usd: '250.00',
    quote: 'a quote',
    beneficiary: { kind: 'self', name: 'Ada Lovelace', wallet: 'service', service_name: 'An Exchange' },
  },
  decideWithdrawalApproval: { decision: 'approve', note: 'a note' },
  replaceSanctionsList: {
    addresses: [{ address: '0x52908400098527886E0F7030069857D2E4169EE7', reference: '1' }],
    names: [{ name: 'A Name', reference: '2' }],
  },
  suspendUser: { reason: 'a reason' },
  activateUser: { reason: 'a reason' },
  setNotificationPreferences: { preferences: [{ kind: 'deposit.confirmed_on_chain', in_app: false }] },
  createWebhookEndpoint: {
    url: 'https://hooks.example.com/sluice',
    event_types: ['deposit.broker_funded'],
    description: 'app',
  },
  updateWebhookEndpoint: {
    url: 'https://hooks.example.com/sluice',
    description: 'the app',
    event_types: ['*'],
    status: 'enabled',
  },
  setSetting: { value: { offRampAttempts: 2 }, reason: 'a trial' },
  setSwitch: { off: true, reason: 'Circle has an outage' },
  assignReconciliationBreak: { owner_id: null },
  noteReconciliationBreak: { note: 'a note' },
  resolveReconciliationBreak: { by: 'posting', counter: 'suspense', note: 'a note' },
  decideReview: { decision: 'retry', note: 'a note', evidence: { journal_id: 'an id' } },
  confirmReview: { note: 'a note' },
  assignReview: { owner_id: randomUUID() },
  requestWire: { kind: 'mint_to_wallet', chain: 'base', amount_usd: '1000.00', reason: 'a reason' },
  approveWire: { decision: 'approve', note: 'a note' },
  cancelWire: { note: 'a note' },
  decodePayloads: { payloads: [{ metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'MQ==' }] },
  encodePayloads: { payloads: [{ metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'MQ==' }] },
};

export const QUERIES: Record<string, Record<string, string>> = {
  staffSignIn: { token: 'none' },
  listDeposits: { limit: '5', status: 'failed', chain: 'base' },
  listAddresses: { limit: '5', status: 'active', chain: 'base' },
  listWithdrawals: { limit: '5', status: 'complete', chain: 'base' },
  listWithdrawalsForStaff: { limit: '5', status: 'awaiting_approval', user_id: randomUUID() },
  listTransactions: { limit: '5' },
  listWires: { limit: '5', status: 'sent', kind: 'mint_to_alpaca' },
  listNotifications: { limit: '5', unread: 'true' },
  listUsers: { limit: '5', status: 'active', kyc_status: 'pending', search: 'ada@example.com' },
  listReviewQueue: {
    limit: '5',
    owner: 'me',
    overdue: 'true',
    lifecycle: 'deposit',
    reason: 'journal_overdue',
  },
  listReviews: { limit: '5', state: 'open', lifecycle: 'deposit', user_id: randomUUID() },
  getLedgerBalances: { at: '2026-01-02T03:04:05Z', owner_id: randomUUID() },
  getLedgerTrace: { deposit_id: randomUUID() },
  listReconciliationRuns: { limit: '5' },
  listReconciliationBreaks: { limit: '5', status: 'open', kind: 'extra' },
  listAuditLog: { limit: '5', actor_id: randomUUID(), action: 'user_suspended', subject_id: 'x' },
};

/** Values of path parameters that fit their form; the objects need not exist. */
function exampleParam(name: string): string {
  if (name === 'kind') return 'deposit';
  if (name === 'setting_key') return 'deposit_policy';
  if (name === 'switch_key') return 'deposits';
  if (name === 'list') return 'a_list';
  return name === 'code' ? 'not_found' : randomUUID();
}

/** The path of an endpoint with `change` in place of some parameters, and a query. */
export function examplePath(
  spec: RouteSpec,
  query: Record<string, string> = QUERIES[spec.operationId] ?? {},
  change: Record<string, string> = {},
): string {
  const path = spec.path.replace(/:([a-z_]+)/g, (_, name: string) => change[name] ?? exampleParam(name));
  const text = new URLSearchParams(query).toString();
  return text === '' ? path : `${path}?${text}`;
}
