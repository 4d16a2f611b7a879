/** Reads what stands at our places, as the providers say it. */
import { Context } from '@temporalio/activity';
import {
  accountsToRead,
  keepBalances,
  type StatementBalance,
} from '../../db/funding/reconciliation-steps.ts';
import { CHAINS } from '../../domain/funding/chain.ts';
import { parseUnits } from '../../domain/money.ts';
import { withFailures } from '../failure.ts';
import type { ActivityPorts } from '../ports.ts';
import { MINT_PLACE } from './reconciliation-lines.ts';

export interface BalancesInput {
  readonly run_id: string;
  /** Customers' accounts in which something moved since then are read. */
  readonly since: string;
  /** And so many of the others, the longest unread first. */
  readonly quiet_accounts: number;
}

/** Accounts that are asked for at the same time; each is one request. */
const ACCOUNTS_AT_ONCE = 8;

const units = (decimal: string): string => parseUnits(decimal).toString();

type BalancePorts = Pick<ActivityPorts, 'database' | 'circle' | 'mint' | 'alpaca' | 'config'>;
type Keep = (balances: readonly StatementBalance[]) => Promise<void>;

async function readWallets({ circle }: BalancePorts, keep: Keep): Promise<void> {
  for (const chain of CHAINS) {
    let cursor: string | null = null;
    do {
      const read: Awaited<ReturnType<typeof circle.listBalances>> = await circle.listBalances({
        chain,
        ...(cursor !== null && { cursor }),
      });
      await keep(read.wallets.map(({ walletId, usdc }) => ({ place: walletId, units: units(usdc) })));
      cursor = read.nextCursor;
    } while (cursor !== null);
  }
}

async function readFloats({ mint, alpaca, config }: BalancePorts, keep: Keep): Promise<void> {
  const [{ available }, { cash }] = await Promise.all([mint.balances(), alpaca.getFirmAccount()]);
  const dollars = available.find(({ currency }) => currency === 'USD')?.amount ?? '0';
  await keep([
    { place: MINT_PLACE, units: units(dollars) },
    { place: config.alpaca.firmAccountId, units: units(cash) },
  ]);
}

/** The balances as an activity. */
export function createReconciliationBalanceActivities(ports: BalancePorts) {
  const { database, alpaca } = ports;
  return withFailures({
    /** Every wallet, Mint, the firm account, and the customers' accounts that are due. */
    readBalances: async (input: BalancesInput): Promise<number> => {
      let kept = 0;
      const keep: Keep = async (balances) => {
        if (balances.length > 0) kept += await keepBalances(database, input.run_id, balances);
        Context.current().heartbeat({ list: 'balances', kept });
      };
      await readWallets(ports, keep);
      await readFloats(ports, keep);
      const accounts = await accountsToRead(database, { since: input.since, quiet: input.quiet_accounts });
      for (let first = 0; first < accounts.length; first += ACCOUNTS_AT_ONCE) {
        const read = accounts
          .slice(first, first + ACCOUNTS_AT_ONCE)
          .map(async (place) => ({ place, units: units((await alpaca.getTradingAccount(place)).cash) }));
        await keep(await Promise.all(read));
      }
      return kept;
    },
  });
}

export type ReconciliationBalanceActivities = ReturnType<typeof createReconciliationBalanceActivities>;
