/**
 * The trading account of each customer and of the firm: balances from the books, flags and configurations.
 */
import { type Route, route } from '../kernel/http.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Account, Accounts } from './account.ts';
import { isFields } from './application.ts';
import type { Cash, CashOf } from './cash.ts';
import { newYorkDate, previousClose } from './market-calendar.ts';
import { invalid, malformed } from './problem.ts';

const ZERO = '0';

/** Configurations that may be set, with the values they take. Alpaca: Account Configurations. */
const CONFIGURATIONS: Record<string, (value: unknown) => boolean> = {
  dtbp_check: (value) => ['both', 'entry', 'exit'].includes(String(value)),
  trade_confirm_email: (value) => value === 'all' || value === 'none',
  suspend_trade: (value) => typeof value === 'boolean',
  no_shorting: (value) => typeof value === 'boolean',
  fractional_trading: (value) => typeof value === 'boolean',
  max_margin_multiplier: (value) => ['1', '2', '4'].includes(String(value)),
  max_options_trading_level: (value) => value === null || [0, 1, 2, 3].includes(value as number),
  pdt_check: (value) => ['both', 'entry', 'exit'].includes(String(value)),
  ptp_no_exception_entry: (value) => typeof value === 'boolean' || value === 'true' || value === 'false',
  disable_overnight_trading: (value) => typeof value === 'boolean',
};

/** Values of the last close. No snapshot is kept: they repeat the present ones. */
function lastValues(balance: CashOf, previousClose: string): Record<string, unknown> {
  return {
    previous_close: previousClose,
    last_equity: balance.equity,
    last_cash: balance.cash,
    last_buying_power: balance.free,
    last_regt_buying_power: balance.free,
    last_options_buying_power: balance.free,
    last_daytrading_buying_power: ZERO,
    last_long_market_value: ZERO,
    last_short_market_value: ZERO,
    last_initial_margin: ZERO,
    last_maintenance_margin: ZERO,
    last_daytrade_count: 0,
  };
}

function renderTradingAccount(account: Account, cash: Cash, now: number): Record<string, unknown> {
  const balance = cash.of(account.id);
  const closedAt = previousClose(now);
  const isUsable = account.status === 'ACTIVE' || account.status === 'ACCOUNT_UPDATED';
  return {
    id: account.id,
    account_number: account.account_number,
    status: account.status,
    crypto_status: account.crypto_status,
    currency: account.currency,
    created_at: account.created_at,
    admin_configurations: {},
    user_configurations: account.configurations,
    cash: balance.cash,
    cash_withdrawable: balance.free,
    cash_transferable: balance.free,
    pending_transfer_out: balance.held,
    buying_power: balance.free,
    regt_buying_power: balance.free,
    daytrading_buying_power: ZERO,
    effective_buying_power: balance.free,
    non_marginable_buying_power: balance.free,
    options_buying_power: balance.free,
    bod_dtbp: ZERO,
    accrued_fees: ZERO,
    portfolio_value: balance.equity,
    equity: balance.equity,
    long_market_value: ZERO,
    short_market_value: ZERO,
    position_market_value: ZERO,
    initial_margin: ZERO,
    maintenance_margin: ZERO,
    sma: ZERO,
    multiplier: String(account.configurations.max_margin_multiplier ?? '1'),
    daytrade_count: 0,
    balance_asof: newYorkDate(closedAt),
    ...lastValues(balance, new Date(closedAt).toISOString()),
    pattern_day_trader: false,
    trading_blocked: !isUsable,
    transfers_blocked: account.status !== 'ACTIVE',
    account_blocked: account.status === 'ACCOUNT_CLOSED',
    trade_suspended_by_user: account.configurations.suspend_trade === true,
    shorting_enabled: account.configurations.no_shorting !== true,
    options_approved_level: 0,
    options_trading_level: 0,
    intraday_adjustments: ZERO,
    pending_reg_taf_fees: ZERO,
    memoposts: ZERO,
    clearing_broker: 'ALPACA_APCA',
  };
}

/** Makes the routes. Alpaca: Broker API reference, "Retrieve trading details for an account". */
export function tradingAccountRoutes(kernel: Kernel, accounts: Accounts, cash: Cash): Route[] {
  const base = '/v1/trading/accounts/:id/account';
  return [
    route('GET', base, 'alpaca.getTradingAccount', ({ params }) => {
      const account = accounts.get(params.id ?? '');
      return { status: 200, body: renderTradingAccount(account, cash, kernel.clock.millis()) };
    }),
    route('GET', `${base}/configurations`, 'alpaca.getConfigurations', ({ params }) => ({
      status: 200,
      body: accounts.get(params.id ?? '').configurations,
    })),
    route('PATCH', `${base}/configurations`, 'alpaca.updateConfigurations', (request) => {
      const account = accounts.get(request.params.id ?? '');
      if (request.malformed || !isFields(request.body)) throw malformed('request body format is invalid');
      for (const [name, value] of Object.entries(request.body)) {
        if (!CONFIGURATIONS[name]) throw invalid(`${name} is not a configuration`);
        if (!CONFIGURATIONS[name](value)) throw invalid(`${name} is invalid`);
      }
      const configurations = { ...account.configurations, ...request.body };
      return { status: 200, body: accounts.save({ ...account, configurations }).configurations };
    }),
  ];
}
