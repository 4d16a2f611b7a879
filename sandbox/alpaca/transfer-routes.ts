/** The routes of banks and transfers: wire recipients, ACH relationships, outgoing wires. */
import { randomUUID } from 'node:crypto';
import { type Reply, type Route, route, type SandboxRequest } from '../kernel/http.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Account, Accounts } from './account.ts';
import { type Fields, isFields } from './application.ts';
import { type Cash, dollars, parseDollars } from './cash.ts';
import type { EventLog } from './event-log.ts';
import { forbidden, invalid, malformed, notFound, refused } from './problem.ts';
import type { NewTransfer, Transfer, Transfers } from './transfer.ts';

interface BankLink {
  id: string;
  account_id: string;
  kind: 'bank' | 'ach';
  status: string;
  created_at: string;
  updated_at: string;
  details: Record<string, string>;
}

const OUTCOMES = ['stuck', 'reject', 'fail', 'return', 'cancel', 'pending'];
const STEP = 'alpaca.stepTransfer';
const LINK_STEP = 'alpaca.approveBank';

interface Step {
  id: string;
  statuses: string[];
  reason?: string;
}

function readBody(request: SandboxRequest): Fields {
  if (request.malformed || !isFields(request.body)) throw malformed('request body format is invalid');
  return request.body;
}

function required(body: Fields, names: readonly string[]): Record<string, string> {
  const read: Record<string, string> = {};
  for (const name of names) {
    const value = body[name];
    if (value === undefined || value === null || value === '') throw malformed(`${name} is required`);
    if (typeof value !== 'string') throw malformed(`${name} must be a string`);
    read[name] = value;
  }
  return read;
}

function isRoutingNumber(text: string): boolean {
  const weights = [3, 7, 1, 3, 7, 1, 3, 7, 1];
  if (!/^\d{9}$/.test(text)) return false;
  return [...text].reduce((sum, digit, i) => sum + Number(digit) * (weights[i] ?? 0), 0) % 10 === 0;
}

const FOREIGN_FIELDS = ['country', 'state_province', 'postal_code', 'city', 'street_address'];

function readBank(body: Fields): Record<string, string> {
  const bank = required(body, ['name', 'bank_code', 'bank_code_type', 'account_number']);
  if (bank.bank_code_type !== 'ABA' && bank.bank_code_type !== 'BIC')
    throw malformed('bank_code_type is invalid');
  if (bank.bank_code_type === 'ABA') {
    if (!isRoutingNumber(bank.bank_code ?? ''))
      throw malformed('bank_code is not a valid ABA routing number');
    // Absent parts of the address are empty strings in answers, not missing.
    return { ...Object.fromEntries(FOREIGN_FIELDS.map((name) => [name, String(body[name] ?? '')])), ...bank };
  }
  if (!/^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$/.test(bank.bank_code ?? ''))
    throw malformed('bank_code is not a valid BIC');
  return { ...bank, ...required(body, FOREIGN_FIELDS) };
}

function readAch(body: Fields): Record<string, string> {
  const names = ['account_owner_name', 'bank_account_type', 'bank_account_number', 'bank_routing_number'];
  const ach = required(body, names);
  if (!['CHECKING', 'SAVINGS'].includes(ach.bank_account_type ?? ''))
    throw malformed('bank_account_type is invalid');
  if (!isRoutingNumber(ach.bank_routing_number ?? '')) throw malformed('bank_routing_number is invalid');
  return { ...ach, nickname: String(body.nickname ?? '') };
}

function renderLink({ kind: _kind, details, ...common }: BankLink): Fields {
  return { ...common, ...details };
}

function renderTransfer({ units: _units, account_number: _account, ...transfer }: Transfer): Fields {
  return transfer;
}

interface Parts {
  kernel: Kernel;
  log: EventLog;
  accounts: Accounts;
  transfers: Transfers;
  cash: Cash;
}

/** Wire recipients and ACH relationships: at most one active of each kind, approved after a while. */
function linkRoutes({ kernel, log, accounts }: Parts): {
  routes: Route[];
  find: (id: string) => BankLink | undefined;
} {
  kernel.settings.defineDelay('alpaca.bank_approval_ms', 1_000);
  const table = kernel.store.table<BankLink>('alpaca_bank_links', {
    id: (link) => link.id,
    indexes: { account: (link) => link.account_id },
  });
  const announce = (link: BankLink, from: string | null): void => {
    log.append('funding', link.account_id, {
      account_id: link.account_id,
      correspondent: 'SLCE',
      entity_id: link.id,
      entity_type: link.kind === 'bank' ? 'WireBank' : 'BankRelationship',
      status_from: from,
      status_to: link.status,
    });
  };
  const move = (link: BankLink, status: string): void => {
    announce(table.put({ ...link, status, updated_at: kernel.clock.iso() }), link.status);
  };
  kernel.scheduler.on<{ id: string }>(LINK_STEP, ({ id }) => {
    const link = table.get(id);
    if (link?.status === 'QUEUED') move(link, 'APPROVED');
  });
  const isActive = ({ status }: BankLink): boolean => !['CANCELED', 'REJECTED'].includes(status);
  const of = (accountId: string, kind: BankLink['kind']): BankLink[] =>
    table
      .list({ where: { index: 'account', value: accountId } })
      .filter((link) => link.kind === kind && isActive(link));
  const routesOf = (
    kind: BankLink['kind'],
    name: string,
    noun: string,
    read: (body: Fields) => Record<string, string>,
  ): Route[] => [
    route('POST', `/v1/accounts/:id/${name}`, `alpaca.create${noun}`, (request) => {
      const account = accounts.get(request.params.id ?? '');
      const details = read(readBody(request));
      if (of(account.id, kind).length > 0)
        throw refused(409, 'the account already has an active relationship');
      const at = kernel.clock.iso();
      const dates = { created_at: at, updated_at: at };
      const link = table.insert({
        id: randomUUID(),
        account_id: account.id,
        kind,
        status: 'QUEUED',
        ...dates,
        details,
      });
      announce(link, null);
      kernel.scheduler.after('alpaca.bank_approval_ms', LINK_STEP, { id: link.id });
      return { status: 200, body: renderLink(link) };
    }),
    route('GET', `/v1/accounts/:id/${name}`, `alpaca.list${noun}s`, ({ params }) => {
      const account = accounts.get(params.id ?? '');
      return { status: 200, body: of(account.id, kind).map(renderLink) };
    }),
    route('DELETE', `/v1/accounts/:id/${name}/:link_id`, `alpaca.delete${noun}`, ({ params }) => {
      const link = table.get(params.link_id ?? '');
      if (!link || link.account_id !== params.id || !isActive(link)) throw notFound('relationship not found');
      move(link, 'CANCELED');
      return { status: 204 };
    }),
  ];
  return {
    routes: [
      ...routesOf('bank', 'recipient_banks', 'RecipientBank', readBank),
      ...routesOf('ach', 'ach_relationships', 'AchRelationship', readAch),
    ],
    find: (id) => table.get(id),
  };
}

function readTransfer(
  account: Account,
  body: Fields,
  find: (id: string) => BankLink | undefined,
): NewTransfer {
  const { transfer_type: type, direction, timing = 'immediate', amount, additional_information } = body;
  if (type !== 'ach' && type !== 'wire') throw malformed('transfer_type must be ach or wire');
  if (direction !== 'INCOMING' && direction !== 'OUTGOING')
    throw malformed('direction must be INCOMING or OUTGOING');
  if (timing !== 'immediate') throw invalid('timing must be immediate');
  if (type === 'wire' && direction === 'INCOMING') throw invalid('incoming wires cannot be created by API');
  if (type === 'ach' && additional_information) throw invalid('additional_information is only for wires');
  const units = parseDollars(typeof amount === 'number' ? String(amount) : amount);
  if (units === undefined) throw invalid('amount must be greater than 0 with at most 2 decimal places');
  const name = type === 'wire' ? 'bank_id' : 'relationship_id';
  const { [name]: linkId } = required(body, [name]);
  const link = find(linkId ?? '');
  if (!link || link.account_id !== account.id || (link.kind === 'bank') !== (type === 'wire')) {
    throw invalid(`${name} is invalid`);
  }
  const information = additional_information
    ? { additional_information: String(additional_information) }
    : {};
  const { account_number } = link.details;
  return {
    ...{ account_id: account.id, type, direction, units, [name]: link.id, ...information },
    ...(type === 'wire' && account_number !== undefined && { account_number }),
  };
}

/**
 * Makes the routes. Alpaca: Broker API reference, Funding; a transfer takes no idempotency key. Outcome
 * faults of `alpaca.createTransfer`: stuck, reject, fail, cancel, pending, return (after COMPLETE).
 */
export function transferRoutes(parts: Parts): Route[] {
  const { kernel, accounts, transfers, cash } = parts;
  kernel.settings.defineDelay('alpaca.transfer_step_ms', 1_000);
  const links = linkRoutes(parts);
  kernel.scheduler.on<Step>(STEP, (step) => {
    const transfer = transfers.table.get(step.id);
    const [status, ...statuses] = step.statuses;
    if (!transfer || !status || transfer.status === 'CANCELED') return;
    // A wire waits until its recipient bank is approved.
    const link = links.find(transfer.bank_id ?? transfer.relationship_id ?? '');
    const isWaiting = link?.status === 'QUEUED';
    const reason = statuses.length === 0 ? step.reason : undefined;
    // One that is to be returned never reaches the other bank.
    if (!isWaiting && status === 'COMPLETE' && statuses.length === 0) transfers.complete(transfer, reason);
    else if (!isWaiting) transfers.move(transfer, status, reason);
    const rest = isWaiting ? step.statuses : statuses;
    if (rest.length > 0) kernel.scheduler.after('alpaca.transfer_step_ms', STEP, { ...step, statuses: rest });
  });
  const course = (kind: string | undefined): string[] => {
    if (kind === 'stuck') return [];
    if (kind === 'pending') return ['APPROVAL_PENDING'];
    if (kind === 'reject' || kind === 'fail') return ['SENT_TO_CLEARING', 'REJECTED'];
    if (kind === 'cancel') return ['CANCELED'];
    const normal = ['SENT_TO_CLEARING', 'APPROVED', 'COMPLETE'];
    return kind === 'return' ? [...normal, 'RETURNED'] : normal;
  };
  const create = (request: SandboxRequest): Reply => {
    const account = accounts.get(request.params.id ?? '');
    const input = readTransfer(account, readBody(request), links.find);
    if (account.status !== 'ACTIVE') throw forbidden('the account is not allowed to transfer');
    if (input.direction === 'OUTGOING' && cash.free(account.id) < input.units) {
      throw forbidden('insufficient funds', { cash_withdrawable: dollars(cash.free(account.id)) });
    }
    const transfer = transfers.open(input);
    const fault = kernel.faults.take('alpaca', 'alpaca.createTransfer', request.body, OUTCOMES);
    const statuses = course(fault?.kind);
    const reason = fault?.details?.reason;
    const step: Step = { id: transfer.id, statuses, ...(typeof reason === 'string' ? { reason } : {}) };
    if (statuses.length > 0) kernel.scheduler.after('alpaca.transfer_step_ms', STEP, step);
    return { status: 200, body: renderTransfer(transfer) };
  };
  return [
    ...links.routes,
    route('POST', '/v1/accounts/:id/transfers', 'alpaca.createTransfer', create),
    route('GET', '/v1/accounts/:id/transfers', 'alpaca.listTransfers', ({ params, query }) => {
      const account = accounts.get(params.id ?? '');
      const limit = Number(query.get('limit') ?? 100);
      const offset = Number(query.get('offset') ?? 0);
      if (!Number.isInteger(limit) || !Number.isInteger(offset) || limit < 1 || offset < 0) {
        throw malformed('limit and offset must be whole numbers');
      }
      const direction = query.get('direction');
      const rows = transfers.table.list({ where: { index: 'account', value: account.id }, order: 'desc' });
      const found = rows.filter((one) => !direction || one.direction === direction);
      return { status: 200, body: found.slice(offset, offset + limit).map(renderTransfer) };
    }),
    route('DELETE', '/v1/accounts/:id/transfers/:transfer_id', 'alpaca.cancelTransfer', ({ params }) => {
      const transfer = transfers.table.get(params.transfer_id ?? '');
      if (!transfer || transfer.account_id !== params.id) throw notFound('transfer not found');
      if (!['QUEUED', 'APPROVAL_PENDING'].includes(transfer.status))
        throw invalid('transfer cannot be canceled');
      transfers.move(transfer, 'CANCELED');
      return { status: 204 };
    }),
  ];
}
