/** What a tester may do to Alpaca's world: operators' decisions, wires that arrive, event log. */
import { parseUnits } from '../kernel/books.ts';
import { Refusal, type Route, route, type SandboxRequest } from '../kernel/http.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { ACCOUNT_STATUSES, type Accounts, type KycResults } from './account.ts';
import { isFields } from './application.ts';
import { findAsset } from './assets.ts';
import { type Cash, parseDollars } from './cash.ts';
import type { EventLog, StreamName } from './event-log.ts';
import type { EventStreams } from './event-stream.ts';
import { JOURNAL_STATUSES, type Journals, renderJournal } from './journal.ts';
import type { Kyc } from './kyc.ts';
import { SHARE_DECIMALS, sharesAccount } from './shares.ts';
import type { Transfers } from './transfer.ts';

function bad(message: string, status = 400): Refusal {
  return new Refusal(status, { error: { status, message } });
}

function readStatus(request: SandboxRequest, known: readonly string[]): string {
  const { status } = request.body;
  if (typeof status !== 'string' || !known.includes(status))
    throw bad(`status must be one of ${known.join(', ')}`);
  return status;
}

function readAmount(request: SandboxRequest): bigint {
  const { amount } = request.body;
  const units = parseDollars(typeof amount === 'number' ? String(amount) : amount);
  if (units === undefined) throw bad('amount must be dollars above 0 with at most 2 decimal places');
  return units;
}

export interface ControlParts {
  kernel: Kernel;
  accounts: Accounts;
  journals: Journals;
  transfers: Transfers;
  cash: Cash;
  kyc: Kyc;
  log: EventLog;
  streams: EventStreams;
}

function firmRoutes({ kernel, accounts, cash, transfers }: ControlParts): Route[] {
  return [
    route('POST', '/control/alpaca/firm/deposit', 'control.depositToFirm', (request) => {
      const transfer = transfers.receiveWire(
        accounts.firmId,
        readAmount(request),
        String(request.body.reference ?? ''),
      );
      return { status: 200, body: { ...cash.of(accounts.firmId), transfer_id: transfer.id } };
    }),
    route('POST', '/control/alpaca/firm/securities', 'control.giveSecurities', (request) => {
      const asset = findAsset(String(request.body.symbol ?? ''));
      const units = parseUnits(request.body.qty, SHARE_DECIMALS);
      if (!asset || !units) throw bad('symbol and qty are required');
      kernel.books.post(`securities:${request.requestId}`, [
        { account: 'world:securities', asset: asset.symbol, amount: -units },
        { account: sharesAccount(accounts.firmId), asset: asset.symbol, amount: units },
      ]);
      return { status: 200, body: { symbol: asset.symbol, qty: request.body.qty } };
    }),
    route('GET', '/control/alpaca/firm', 'control.readFirm', () => ({
      status: 200,
      body: { account_id: accounts.firmId, ...cash.of(accounts.firmId) },
    })),
  ];
}

function correctJournal({ journals }: ControlParts, request: SandboxRequest) {
  const journal = journals.table.get(request.params.id ?? '');
  if (journal?.status !== 'executed') throw bad('only an executed journal can be corrected', 409);
  const units = request.body.amount === undefined ? 0n : readAmount(request);
  const replacement = journals.correct(journal, units);
  return {
    status: 200,
    body: { ...renderJournal({ ...journal, status: 'correct' }), replacement: renderJournal(replacement) },
  };
}

const STREAMS = ['accounts', 'journals', 'funding', 'trades'];

function readStream(request: SandboxRequest): StreamName | undefined {
  const { stream } = request.body;
  if (stream === undefined) return undefined;
  if (typeof stream !== 'string' || !STREAMS.includes(stream))
    throw bad(`stream must be one of ${STREAMS.join(', ')}`);
  return stream as StreamName;
}

function streamRoutes({ log, streams }: ControlParts): Route[] {
  return [
    route('POST', '/control/alpaca/streams/disconnect', 'control.disconnectStreams', (request) => ({
      status: 200,
      body: { readers: streams.disconnect(readStream(request)) },
    })),
    route('POST', '/control/alpaca/streams/mute', 'control.muteStreams', (request) => ({
      status: 200,
      body: { readers: streams.mute(readStream(request)) },
    })),
    // An event about anything, true or not: a status nobody knows, a journal that does not exist.
    route('POST', '/control/alpaca/events', 'control.sendEvent', (request) => {
      const stream = readStream(request);
      const { data, subject } = request.body;
      if (!stream || !isFields(data)) throw bad('stream and data are required');
      const named = subject ?? data.journal_id ?? data.account_id ?? '';
      const event = log.append(stream, String(named), data);
      return { status: 200, body: { event_id: event.ulid, number: event.number } };
    }),
  ];
}

/** Makes the routes of the control API for Alpaca. */
export function controlRoutes(parts: ControlParts): Route[] {
  const { accounts, journals, kyc, transfers } = parts;
  return [
    ...firmRoutes(parts),
    ...streamRoutes(parts),
    route('POST', '/control/alpaca/accounts/:id/status', 'control.setAccountStatus', (request) => {
      const status = readStatus(request, ACCOUNT_STATUSES);
      const account = accounts.table.get(request.params.id ?? '');
      if (!account) throw bad('no such account', 404);
      const { kyc_results, reason } = request.body;
      const results = isFields(kyc_results) ? { kyc_results: kyc_results as unknown as KycResults } : {};
      const moved = kyc.decide(account, {
        status,
        ...results,
        ...(reason ? { reason: String(reason) } : {}),
      });
      return { status: 200, body: { id: moved.id, status: moved.status, kyc_results: moved.kyc_results } };
    }),
    route('POST', '/control/alpaca/journals/:id/status', 'control.setJournalStatus', (request) => {
      const status = readStatus(request, JOURNAL_STATUSES);
      if (status === 'correct') return correctJournal(parts, request);
      const journal = journals.table.get(request.params.id ?? '');
      if (!journal) throw bad('no such journal', 404);
      const moved = journals.move(journal, status);
      if (moved.status !== status)
        throw bad(`a journal that is ${journal.status} cannot become ${status}`, 409);
      return { status: 200, body: renderJournal(moved) };
    }),
    route('POST', '/control/alpaca/transfers/:id/status', 'control.setTransferStatus', (request) => {
      const transfer = transfers.table.get(request.params.id ?? '');
      if (!transfer) throw bad('no such transfer', 404);
      const { status, reason } = request.body;
      const why = reason === undefined ? undefined : String(reason);
      const moved =
        status === 'COMPLETE'
          ? transfers.complete(transfer, why)
          : transfers.move(transfer, String(status), why);
      if (moved.status !== status)
        throw bad(`a transfer that is ${transfer.status} cannot become ${status}`, 409);
      return { status: 200, body: moved };
    }),
  ];
}
