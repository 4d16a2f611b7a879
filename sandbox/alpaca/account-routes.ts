/** The routes of brokerage accounts: apply, read, change, close, hand in documents and CIP results. */
import { type Reply, type Route, route, type SandboxRequest } from '../kernel/http.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { ACCOUNT_STATUSES, type Account, type Accounts, keptDocument } from './account.ts';
import * as application from './application.ts';
import type { Cash } from './cash.ts';
import type { Kyc } from './kyc.ts';
import { invalid, malformed, notFound, refused } from './problem.ts';

type Fields = application.Fields;

const ENTITIES = [
  ...['agreements', 'contact', 'disclosures', 'documents', 'identity'],
  ...['trading_configurations', 'trusted_contact'],
];

/**
 * Changes to these fields put an active account under review. Alpaca: Accounts Statuses, "Account Updated".
 */
const REVIEWED = {
  identity: ['given_name', 'family_name', 'country_of_citizenship'],
  contact: ['street_address', 'unit', 'city', 'state', 'postal_code'],
  disclosures: ['employer_name', 'employment_position'],
} as const;

const REVIEWED_ONCE_TRUE = [
  ...['is_control_person', 'is_politically_exposed', 'immediate_family_exposed'],
  'is_affiliated_exchange_or_finra',
];

const UPLOAD_LIMIT = 10;

function readBody(request: SandboxRequest): Fields {
  if (request.malformed || !application.isFields(request.body))
    throw malformed('request body format is invalid');
  return request.body;
}

/** An account as the API shows it; the tax id is never given back. */
function renderAccount(account: Account, cash: Cash, entities: readonly string[] = ENTITIES): Fields {
  const { tax_id: _hidden, ...identity } = account.identity;
  const sections: Fields = {
    agreements: account.agreements,
    contact: account.contact,
    disclosures: account.disclosures,
    documents: account.documents,
    identity,
    trading_configurations: account.configurations,
    trusted_contact: account.trusted_contact,
  };
  const { id, account_number, status, crypto_status, currency, created_at, kyc_results } = account;
  return {
    ...{ id, account_number, status, crypto_status, currency, created_at, kyc_results },
    last_equity: cash.of(id).equity,
    account_type: account.account_type,
    enabled_assets: account.enabled_assets,
    ...Object.fromEntries(entities.filter((name) => sections[name]).map((name) => [name, sections[name]])),
  };
}

function readEntities(query: URLSearchParams): readonly string[] {
  const text = query.get('entities');
  if (!text) return ENTITIES;
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) if (!ENTITIES.includes(name)) throw malformed(`entities: ${name} is invalid`);
  return names;
}

function readTime(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (!text) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw malformed(`${name} must be an RFC 3339 timestamp`);
  return time;
}

/** Whether every token of the query occurs in what identifies the holder. */
function matches(account: Account, tokens: readonly string[]): boolean {
  const { contact, identity } = account;
  const words = [account.id, account.account_number, contact.email_address, contact.phone_number];
  const names = [identity.given_name, identity.middle_name, identity.family_name];
  const text = [...words, ...names].filter(Boolean).join(' ').toLowerCase();
  return tokens.every((token) => text.includes(token));
}

function listAccounts(accounts: Accounts, cash: Cash, { query }: SandboxRequest): Reply {
  const entities = readEntities(query);
  const sort = query.get('sort') ?? 'desc';
  if (sort !== 'asc' && sort !== 'desc') throw malformed('sort must be asc or desc');
  const statuses = query
    .getAll('status')
    .flatMap((value) => value.split(','))
    .filter(Boolean);
  for (const status of statuses) if (!ACCOUNT_STATUSES.includes(status)) throw malformed('status is invalid');
  const after = readTime(query, 'created_after') ?? -Infinity;
  const before = readTime(query, 'created_before') ?? Infinity;
  const tokens = (query.get('query') ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  // One token that is a whole e-mail address is answered from the index.
  const byEmail =
    tokens.length === 1 && tokens[0]?.includes('@') ? accounts.findByEmail(tokens[0]) : undefined;
  const candidates = byEmail ? [byEmail] : accounts.table.list({ order: sort });
  const found = candidates.filter((account) => {
    const createdAt = Date.parse(account.created_at);
    if (account.is_firm || createdAt < after || createdAt > before) return false;
    return (statuses.length === 0 || statuses.includes(account.status)) && matches(account, tokens);
  });
  return { status: 200, body: found.map((account) => renderAccount(account, cash, entities)) };
}

function needsReview(account: Account, patch: Fields): boolean {
  for (const [name, watched] of Object.entries(REVIEWED)) {
    const section = patch[name];
    if (!application.isFields(section)) continue;
    const old = account[name as keyof typeof REVIEWED];
    if (watched.some((key) => key in section && JSON.stringify(section[key]) !== JSON.stringify(old[key])))
      return true;
  }
  const disclosures = patch.disclosures;
  if (!application.isFields(disclosures)) return false;
  return REVIEWED_ONCE_TRUE.some((key) => disclosures[key] === true && account.disclosures[key] !== true);
}

const PATCHABLE = [
  ...['contact', 'identity', 'disclosures', 'agreements', 'trusted_contact', 'trading_configurations'],
  ...[
    'enabled_assets',
    'risk_tolerance',
    'investment_objective',
    'investment_time_horizon',
    'liquidity_needs',
  ],
];

function patchedAccount(account: Account, patch: Fields, accounts: Accounts, now: Date): Account {
  for (const name of Object.keys(patch)) {
    if (!PATCHABLE.includes(name)) throw invalid(`${name} cannot be updated`);
  }
  const merged: Account = { ...account };
  for (const name of ['contact', 'identity', 'disclosures'] as const) {
    const section = patch[name];
    if (section === undefined || section === null) continue;
    if (!application.isFields(section)) throw malformed(`${name} must be an object`);
    merged[name] = { ...account[name], ...section };
  }
  application.checkIdentity(merged.identity, now);
  application.checkContact(merged.contact, merged.identity.country_of_tax_residence === 'USA');
  const other = accounts.findByEmail(String(merged.contact.email_address));
  if (other && other.id !== account.id) throw refused(409, 'email address already in use');
  if (application.isFields(patch.trusted_contact)) merged.trusted_contact = patch.trusted_contact;
  if (application.isFields(patch.trading_configurations)) {
    merged.configurations = { ...account.configurations, ...patch.trading_configurations };
  }
  if (Array.isArray(patch.agreements)) merged.agreements = [...account.agreements, ...patch.agreements];
  if (Array.isArray(patch.enabled_assets)) merged.enabled_assets = patch.enabled_assets as string[];
  return merged;
}

function uploadDocuments(accounts: Accounts, kyc: Kyc, at: string, request: SandboxRequest): Reply {
  const account = accounts.get(request.params.id ?? '');
  const documents: unknown = request.body;
  if (request.malformed || !Array.isArray(documents))
    throw malformed('request body must be an array of documents');
  if (documents.length === 0) throw invalid('at least one document is required');
  if (documents.length > UPLOAD_LIMIT) throw invalid(`at most ${UPLOAD_LIMIT} documents can be uploaded`);
  for (const document of documents) application.checkDocument(document);
  const kept = documents.map((document: Fields) => keptDocument(document, at));
  const uploads = account.uploads + 1;
  kyc.documentsReceived(accounts.save({ ...account, uploads, documents: [...account.documents, ...kept] }));
  return { status: 204 };
}

function cipRoutes(kernel: Kernel, accounts: Accounts): Route[] {
  return [
    route('POST', '/v1/accounts/:id/cip', 'alpaca.createCip', (request) => {
      const account = accounts.get(request.params.id ?? '');
      const body = readBody(request);
      const created_at = String(account.cip?.created_at ?? kernel.clock.iso());
      const cip = { ...body, account_id: account.id, created_at, updated_at: kernel.clock.iso() };
      accounts.save({ ...account, cip });
      return { status: 200, body: cip };
    }),
    route('GET', '/v1/accounts/:id/cip', 'alpaca.getCip', (request) => {
      const { cip } = accounts.get(request.params.id ?? '');
      if (!cip) throw notFound('CIP information not found');
      return { status: 200, body: cip };
    }),
  ];
}

/** Makes the routes. Alpaca: Broker API reference, Accounts and CIP. */
export function accountRoutes(kernel: Kernel, accounts: Accounts, kyc: Kyc, cash: Cash): Route[] {
  kernel.settings.defineDelay('alpaca.account_update_review_ms', 60_000);
  kernel.scheduler.on<{ id: string }>('alpaca.reviewAccountUpdate', ({ id }) => {
    const account = accounts.get(id);
    if (account.status === 'ACCOUNT_UPDATED') accounts.move(account, { status: 'ACTIVE' });
  });
  const close = (request: SandboxRequest): Reply => {
    const account = accounts.get(request.params.id ?? '');
    if (account.is_firm) throw invalid('the firm account cannot be closed');
    if (account.status === 'ACCOUNT_CLOSED') return { status: 204 };
    if (!cash.isFlat(account.id))
      throw invalid('account must have no cash and no positions before it is closed');
    accounts.move(account, { status: 'ACCOUNT_CLOSED' });
    return { status: 204 };
  };
  return [
    route('POST', '/v1/accounts', 'alpaca.createAccount', (request) => {
      const body: unknown = readBody(request);
      application.checkApplication(body, kernel.clock.now());
      const email = String((body.contact as Fields).email_address);
      if (accounts.findByEmail(email)) throw refused(409, 'email address already in use');
      const account = accounts.create(body);
      kyc.submit(account);
      return { status: 200, body: renderAccount(account, cash) };
    }),
    route('GET', '/v1/accounts', 'alpaca.listAccounts', (request) => listAccounts(accounts, cash, request)),
    route('GET', '/v1/accounts/:id', 'alpaca.getAccount', ({ params }) => ({
      status: 200,
      body: renderAccount(accounts.get(params.id ?? ''), cash),
    })),
    route('PATCH', '/v1/accounts/:id', 'alpaca.updateAccount', (request) => {
      const account = accounts.get(request.params.id ?? '');
      if (account.status === 'ACCOUNT_CLOSED') throw invalid('account is closed');
      const patch = readBody(request);
      let saved = accounts.save(patchedAccount(account, patch, accounts, kernel.clock.now()));
      if (account.status === 'ACTIVE' && needsReview(account, patch)) {
        saved = accounts.move(saved, { status: 'ACCOUNT_UPDATED' });
        kernel.scheduler.after('alpaca.account_update_review_ms', 'alpaca.reviewAccountUpdate', {
          id: saved.id,
        });
      }
      return { status: 200, body: renderAccount(saved, cash) };
    }),
    route('POST', '/v1/accounts/:id/actions/close', 'alpaca.closeAccount', close),
    route('DELETE', '/v1/accounts/:id', 'alpaca.closeAccount', close),
    route('POST', '/v1/accounts/:id/documents/upload', 'alpaca.uploadDocuments', (request) =>
      uploadDocuments(accounts, kyc, kernel.clock.iso(), request),
    ),
    route('GET', '/v1/accounts/:id/documents', 'alpaca.listDocuments', ({ params }) => {
      accounts.get(params.id ?? '');
      return { status: 200, body: [] };
    }),
    ...cipRoutes(kernel, accounts),
  ];
}
