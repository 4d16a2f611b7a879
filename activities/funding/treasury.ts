/** The rounds of the treasury: what stands where, which wires are needed, whom to wake. */
import { derivedId } from '../../db/derived-id.ts';
import {
  type FloatRow,
  floatWaiters,
  keepFloats,
  type TreasuryFacts,
  treasuryFacts,
} from '../../db/funding/treasury-queries.ts';
import { newWire } from '../../db/funding/wire-plan.ts';
import { planWires as keepPlan, type NewWire } from '../../db/funding/wire-steps.ts';
import type { Float } from '../../domain/funding/float.ts';
import { forecast } from '../../domain/funding/float.ts';
import { type PlannedWire, planWires } from '../../domain/funding/treasury-plan.ts';
import { workflowId } from '../../domain/ids.ts';
import { formatUnits, parseUnits } from '../../domain/money.ts';
import { startWire } from '../../temporal/signal-wire.ts';
import { signalWorkflow } from '../../temporal/signal-workflow.ts';
import { withFailures } from '../failure.ts';
import type { ActivityPorts } from '../ports.ts';
import { type Balances, floatsOf, targetOf } from './treasury-floats.ts';

type TreasuryPorts = Pick<
  ActivityPorts,
  'database' | 'alpaca' | 'mint' | 'circle' | 'temporal' | 'config' | 'log'
>;

/** What a round found, in words for the card. */
export interface TreasuryRound {
  readonly floats: readonly {
    readonly account: string;
    readonly amount: string;
    readonly alarm: string | null;
  }[];
  /** What each place can give to whoever waits for it: account to smallest units. */
  readonly available: Readonly<Record<string, string>>;
  /** Every wire that has not come to its end, planned by this round or before. */
  readonly wires: readonly { readonly id: string; readonly summary: string }[];
}

/** The rounds as activities. */
export function createTreasuryActivities(ports: TreasuryPorts) {
  const { database, temporal, config, log } = ports;
  const { taskQueue } = config.temporal;
  return withFailures({
    /**
     * Reads all floats, keeps what they are forecast to become, and plans the wires that they need. A repeated
     * attempt of one round plans the same wires again, which are there already then.
     */
    readFloats: async ({ round }: { readonly round: string }): Promise<TreasuryRound> => {
      // In this order: what changes while the companies answer is noticed by its mark, and the round plans nothing.
      const before = await treasuryFacts(database);
      const balances = await readBalances(ports, before);
      const facts = calmer(before, await treasuryFacts(database));
      const now = new Date();
      const floats = floatsOf(facts, balances, now);
      const rows = floats.map((float) => toRow(float, facts, now));
      for (const { alarm } of rows) if (alarm) log.warn({ alarm }, 'float alarm');
      await keepFloats(database, rows);
      const minimum = parseUnits(facts.policy.minimumWireUsd);
      const wires = planWires(floats, facts.wires, { now, minimum }).map((wire) =>
        toNewWire(round, wire, facts, now),
      );
      const planned = wires.length === 0 ? [] : await keepPlan(database, { mark: facts.mark, wires });
      return {
        floats: rows.map(({ account, reported, alarm }) => ({
          account,
          amount: formatUnits(BigInt(reported)),
          alarm,
        })),
        available: Object.fromEntries(rows.map(({ account, reported }) => [account, reported])),
        wires: [
          ...facts.wires.map(({ id, kind, amount }) => ({ id, summary: summaryOf(kind, amount) })),
          ...wires
            .filter(({ id }) => planned.includes(id))
            .map(({ id, kind, amount_usd }) => ({ id, summary: summaryOf(kind, amount_usd) })),
        ],
      };
    },

    /** Starts the wires that do not run, also those whose planner died before it had started them. */
    startWires: async ({ wires }: { readonly wires: TreasuryRound['wires'] }): Promise<void> => {
      await Promise.all(wires.map((wire) => startWire(temporal, taskQueue, wire)));
    },

    /** Wakes deposits and withdrawals that wait for float, oldest first, as far as it reaches; answers how many. */
    wakeForFloat: async ({ available }: Pick<TreasuryRound, 'available'>): Promise<number> => {
      const waiting = await floatWaiters(database, available);
      await Promise.all(
        waiting.map(({ lifecycle, id, user_id }) =>
          signalWorkflow(temporal, taskQueue, {
            workflow_id: workflowId(lifecycle, id),
            user_id,
            message: { source: 'treasury.float' },
          }),
        ),
      );
      return waiting.length;
    },
  });
}

function summaryOf(kind: string, amount: string): string {
  return `Wire of ${amount} USD, ${kind.replaceAll('_', ' ')}`;
}

/**
 * What moved while the companies answered is in a balance already and still counts as on its way, or the other way
 * round. Of the two pictures the one that needs less counts: a true need is still there in a minute.
 */
function calmer(before: TreasuryFacts, after: TreasuryFacts): TreasuryFacts {
  const less = (a: string, b: string) => (parseUnits(a) < parseUnits(b) ? a : b);
  const more = (a: string, b: string) => (parseUnits(a) > parseUnits(b) ? a : b);
  const flow = (a: TreasuryFacts['firm'], b: TreasuryFacts['firm']) => ({
    out: less(a.out, b.out),
    in: more(a.in, b.in),
    drawn: b.drawn,
  });
  const outOf = new Map(after.wallets.map(({ chain, out }) => [chain, out]));
  return {
    ...before,
    firm: flow(before.firm, after.firm),
    mint: flow(before.mint, after.mint),
    wallets: before.wallets.map((wallet) => ({
      ...wallet,
      out: less(wallet.out, outOf.get(wallet.chain) ?? wallet.out),
    })),
  };
}

/** What stands at the companies right now. */
async function readBalances(
  { alpaca, mint, circle }: TreasuryPorts,
  facts: TreasuryFacts,
): Promise<Balances> {
  const [firm, { available }, wallets] = await Promise.all([
    alpaca.getFirmAccount(),
    mint.balances(),
    Promise.all(
      facts.wallets.map(async ({ chain, circle_wallet_id }) => {
        const tokens = await circle.getWalletBalances(circle_wallet_id);
        return [chain, tokens.find(({ token }) => token.isUsdc)?.amount ?? '0'] as const;
      }),
    ),
  ]);
  return {
    firm: parseUnits(firm.cash),
    mint: parseUnits(available.find(({ currency }) => currency === 'USD')?.amount ?? '0'),
    wallets: new Map(wallets.map(([chain, amount]) => [chain, parseUnits(amount)])),
  };
}

/** When the next wire to that place is expected: what whoever waits for float is told. */
function nextArrival({ account }: Float, { wires }: TreasuryFacts): string | null {
  const times = wires
    .filter(({ kind, chain }) => targetOf(kind, chain) === account)
    .flatMap(({ expected_at }) => (expected_at === null ? [] : [expected_at]));
  return times.sort()[0] ?? null;
}

function toRow(float: Float, facts: TreasuryFacts, now: Date): FloatRow {
  const { dryAt, alarm } = forecast(float, now);
  return {
    account: float.account,
    reported: float.reported.toString(),
    outgoing: float.out.toString(),
    incoming: float.in.toString(),
    arriving: float.arriving.toString(),
    draw_per_hour: float.drawPerHour.toString(),
    expected_at: nextArrival(float, facts),
    refill_at: float.refillAt.toISOString(),
    dry_at: dryAt?.toISOString() ?? null,
    alarm,
  };
}

/** The same round plans the same wire under the same id, however often it is tried. */
function toNewWire(
  round: string,
  wire: PlannedWire,
  { policy, cautious }: TreasuryFacts,
  now: Date,
): NewWire {
  const isLarge = wire.amount > parseUnits(policy.automaticUpToUsd);
  const isCautious = cautious.includes(wire.kind);
  const why = isCautious ? ' The last wire of this kind failed or came back: two people must look.' : '';
  return newWire(
    {
      id: derivedId(`sluice:wire:${round}:${wire.kind}:${wire.chain ?? ''}`),
      kind: wire.kind,
      chain: wire.chain,
      amount_usd: formatUnits(wire.amount),
      reason: wire.reason + why,
      approvals_needed: isLarge || isCautious ? 2 : 0,
    },
    policy,
    now,
  );
}

export type TreasuryActivities = ReturnType<typeof createTreasuryActivities>;
