/** The floats: what stands at Alpaca and at Mint, when to alarm, and whom to wake. */
import { depositsWaitingForFloat, keepFloats } from '../../db/funding/treasury-queries.ts';
import { floatAlarm } from '../../domain/funding/float.ts';
import { workflowId } from '../../domain/ids.ts';
import { parseUnits } from '../../domain/money.ts';
import { signalDeposit } from '../../temporal/signal-deposit.ts';
import { withFailures } from '../failure.ts';
import type { ActivityPorts } from '../ports.ts';

export interface Floats {
  readonly alpaca_firm_usd: string;
  readonly mint_usd: string;
  /** What is wrong, in a sentence; null when all is well. */
  readonly alarm: string | null;
}

/** The rounds of the treasury as activities. */
export function createTreasuryActivities(
  ports: Pick<ActivityPorts, 'database' | 'alpaca' | 'mint' | 'temporal' | 'config' | 'log'>,
) {
  const { database, alpaca, mint, temporal, config, log } = ports;
  return withFailures({
    /** Asks both companies, and keeps what they say beside what deposits still need. */
    readFloats: async (): Promise<Floats> => {
      const [{ cash }, { available }] = await Promise.all([alpaca.getFirmAccount(), mint.balances()]);
      const mintUsd = available.find(({ currency }) => currency === 'USD')?.amount ?? '0';
      const firm = parseUnits(cash);
      const { needed } = await keepFloats(database, { alpaca_firm: firm, mint_balance: parseUnits(mintUsd) });
      const alarm = floatAlarm({ available: firm, needed });
      if (alarm) log.warn({ alarm }, 'float alarm');
      return { alpaca_firm_usd: cash, mint_usd: mintUsd, alarm };
    },

    /** Wakes waiting deposits, oldest first, as far as the float reaches; answers how many. */
    wakeDepositsForFloat: async (input: { readonly available_usd: string }): Promise<number> => {
      const waiting = await depositsWaitingForFloat(database, parseUnits(input.available_usd));
      await Promise.all(
        waiting.map(({ id, user_id }) =>
          signalDeposit(temporal, config.temporal.taskQueue, {
            workflow_id: workflowId('deposit', id),
            user_id,
            message: { source: 'treasury.float' },
          }),
        ),
      );
      return waiting.length;
    },
  });
}

export type TreasuryActivities = ReturnType<typeof createTreasuryActivities>;
