/** Watches the floats, plans the wires that keep them within their bounds, and wakes whoever waits for float. */
import { workflowInfo } from '@temporalio/workflow';
import type { TreasuryActivities, TreasuryRound } from '../../activities/funding/treasury.ts';
import { showCard } from '../runtime/card.ts';
import { providerCalls } from '../runtime/proxies.ts';

const GIVE_UP_AFTER_SECONDS = 50;

export interface TreasuryResult {
  readonly floats: TreasuryRound['floats'];
  /** Wires that have not come to their end. */
  readonly wires: number;
  readonly woken: number;
}

/** One round; a schedule starts it every minute. */
export async function treasury(): Promise<TreasuryResult> {
  const { readFloats, startWires, wakeForFloat } = providerCalls<TreasuryActivities>(GIVE_UP_AFTER_SECONDS, {
    readFloats: 'Alpaca, Mint and Circle: what stands in our accounts, and which wires they need',
    startWires: 'Start the wires that are planned',
    wakeForFloat: 'Tell waiting deposits and withdrawals that there is float',
  });
  const { floats, wires, available } = await readFloats({ round: workflowInfo().firstExecutionRunId });
  if (wires.length > 0) await startWires({ wires });
  const woken = await wakeForFloat({ available });
  showCard(card(floats, wires, woken));
  return { floats, wires: wires.length, woken };
}

function card(floats: TreasuryRound['floats'], wires: TreasuryRound['wires'], woken: number): string {
  const alarms = floats.flatMap(({ alarm }) => (alarm === null ? [] : [`**${alarm}**`, '']));
  return [
    '| Float | Amount |',
    '| --- | --- |',
    ...floats.map(({ account, amount }) => `| ${account.replaceAll('_', ' ')} | ${amount} |`),
    '',
    ...(alarms.length > 0 ? alarms : ['No alarm.', '']),
    ...(wires.length > 0 ? ['Wires on their way:', ''] : ['No wires are on their way.', '']),
    ...wires.map(({ id, summary }) => `- ${summary}: \`wire:${id}\``),
    '',
    `Deposits and withdrawals woken: ${woken}.`,
  ].join('\n');
}
