/** Watches the floats and wakes the deposits that wait for one. */
import type { TreasuryActivities } from '../../activities/funding/treasury.ts';
import { showCard } from '../runtime/card.ts';
import { providerCalls } from '../runtime/proxies.ts';

const GIVE_UP_AFTER_SECONDS = 50;

/** One round; a schedule starts it every minute. */
export async function treasury(): Promise<{ alpaca_firm_usd: string; mint_usd: string; woken: number }> {
  const { readFloats, wakeDepositsForFloat } = providerCalls<TreasuryActivities>(GIVE_UP_AFTER_SECONDS, {
    readFloats: 'Alpaca and Mint: what stands in our accounts',
    wakeDepositsForFloat: 'Tell waiting deposits that there is float',
  });
  const floats = await readFloats();
  const woken = await wakeDepositsForFloat({ available_usd: floats.alpaca_firm_usd });
  showCard(
    [
      '| Float | USD |',
      '| --- | --- |',
      `| Alpaca firm account | ${floats.alpaca_firm_usd} |`,
      `| Circle Mint | ${floats.mint_usd} |`,
      '',
      floats.alarm ? `**${floats.alarm}**` : 'No alarm.',
      `Deposits woken: ${woken}.`,
    ].join('\n'),
  );
  return { alpaca_firm_usd: floats.alpaca_firm_usd, mint_usd: floats.mint_usd, woken };
}
