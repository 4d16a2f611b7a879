/**
 * Alpaca as a company of the sandbox: the Broker API's accounts, journals, transfers, market facts and
 * events.
 */
import { randomInt } from 'node:crypto';
import type { Company } from '../kernel/http.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { createAccounts } from './account.ts';
import { accountRoutes } from './account-routes.ts';
import { assetRoutes } from './assets.ts';
import { createCash } from './cash.ts';
import { controlRoutes } from './control.ts';
import { alpacaCredentials, createAuthentication } from './credentials.ts';
import { createEventLog } from './event-log.ts';
import { createEventStreams, goneStream, renderNumber, renderUlid } from './event-stream.ts';
import { createJournals } from './journal.ts';
import { journalRoutes } from './journal-routes.ts';
import { createKyc } from './kyc.ts';
import { marketRoutes } from './market-routes.ts';
import { problemBody } from './problem.ts';
import { createRateLimit } from './rate-limit.ts';
import { alpacaDistortions } from './statement-lists.ts';
import { tradingAccountRoutes } from './trading-account.ts';
import { createTransfers } from './transfer.ts';
import { transferRoutes } from './transfer-routes.ts';

/** Creates the company on the kernel. */
export function createAlpaca(kernel: Kernel): Company {
  const credentials = alpacaCredentials(kernel);
  const authentication = createAuthentication(kernel, credentials);
  const rateLimit = createRateLimit(kernel);
  const log = createEventLog(kernel);
  const cash = createCash(kernel);
  const accounts = createAccounts(kernel, log, credentials.firm_account_id);
  const kyc = createKyc(kernel, accounts);
  const journals = createJournals(kernel, log, cash, accounts.firmId);
  const transfers = createTransfers(kernel, log, cash);
  // Wires from the sandbox's other companies reach the firm's account under this bank account number.
  const wireAccount = kernel.store.keep('alpaca.wire_account', () => `40${randomInt(10 ** 9, 10 ** 10)}`);
  kernel.wires.receive(wireAccount, ({ units, information }) => {
    transfers.receiveWire(accounts.firmId, units, information);
  });
  const streams = createEventStreams(kernel, log, rateLimit.headers);
  return {
    name: 'alpaca',
    routes: [
      ...authentication.routes,
      ...accountRoutes(kernel, accounts, kyc, cash),
      ...tradingAccountRoutes(kernel, accounts, cash),
      ...journalRoutes({ kernel, accounts, journals, cash }),
      ...transferRoutes({ kernel, log, accounts, transfers, cash }),
      ...marketRoutes(kernel),
      ...assetRoutes(),
      streams.route({
        path: '/v1/events/accounts/status',
        operation: 'alpaca.streamAccounts',
        stream: 'accounts',
        render: renderNumber,
      }),
      streams.route({
        path: '/v2/events/journals/status',
        operation: 'alpaca.streamJournals',
        stream: 'journals',
        render: renderUlid,
      }),
      streams.route({
        path: '/v1/events/journals/status',
        operation: 'alpaca.streamJournals',
        stream: 'journals',
        render: renderNumber,
      }),
      streams.route({
        path: '/v2/events/funding/status',
        operation: 'alpaca.streamFunding',
        stream: 'funding',
        render: renderUlid,
      }),
      streams.route({
        path: '/v2/events/trades',
        operation: 'alpaca.streamTrades',
        stream: 'trades',
        render: renderUlid,
      }),
      goneStream('/v1/events/trades', 'alpaca.streamTradesV1', '/v2/events/trades'),
      goneStream('/v1/events/transfers/status', 'alpaca.streamTransfers', '/v2/events/funding/status'),
    ],
    authenticate: (request) => rateLimit.spend() ?? authentication.authenticate(request),
    errorBody: problemBody,
    headers: rateLimit.headers,
    control: [
      ...controlRoutes({ kernel, accounts, journals, transfers, cash, kyc, log, streams }),
      ...alpacaDistortions({ kernel, journals, transfers }),
    ],
    credentials: () => ({
      ...credentials,
      data_url: kernel.urls.get('alpaca') ?? '',
      wire_account_number: wireAccount,
    }),
  };
}
