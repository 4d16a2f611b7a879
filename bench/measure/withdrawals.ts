/** Asks for withdrawals over HTTP and waits until the USDC has arrived. */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Withdrawer } from '../world/withdrawers.ts';
import type { World } from '../world/world.ts';
import { answered, type HttpCall } from './load.ts';
import { type Latency, latencyOf } from './statistics.ts';

const AMOUNT_USD = '2.00';
const POLL_MS = 10;
/** One that takes longer is lost or waits for somebody: the round would mean nothing. */
const PATIENCE_MS = 120_000;

export interface WithdrawalRun {
  readonly perSecond: number;
  /** From the request to the moment at which the row said `complete`, in milliseconds. */
  readonly latency: Latency;
  /** From the request to its answer. */
  readonly answered: Latency;
}

interface Flight {
  readonly sentAt: number;
  readonly landed: (completedAt: number) => void;
}

/** The request of an app. */
export function withdrawalCall(world: World, who: Withdrawer): HttpCall {
  return {
    method: 'POST',
    url: `${world.config.api.publicUrl}/v1/withdrawals`,
    headers: { ...who.headers, 'idempotency-key': randomUUID() },
    body: { address_id: who.addressId, amount_usd: AMOUNT_USD },
  };
}

/** Plays `count`, as many at a time as there are customers, each one's next when the last one has arrived. */
export async function runWithdrawals(
  world: World,
  withdrawers: readonly Withdrawer[],
  count: number,
): Promise<WithdrawalRun> {
  const flights = new Map<string, Flight>();
  const watching = { ended: false };
  const watcher = watch(world, flights, watching);
  const agent = new http.Agent({ keepAlive: true, maxSockets: withdrawers.length });
  const [latencies, answers]: [number[], number[]] = [[], []];
  const began = Date.now();
  let sent = 0;
  const slot = async (who: Withdrawer): Promise<void> => {
    while (sent < count) {
      sent += 1;
      const sentAt = Date.now();
      const { milliseconds, text } = await answered(withdrawalCall(world, who), agent);
      answers.push(milliseconds);
      const { id } = JSON.parse(text) as { id: string };
      const completedAt = await new Promise<number>((landed) => flights.set(id, { sentAt, landed }));
      latencies.push(completedAt - sentAt);
    }
  };
  try {
    await Promise.race([Promise.all(withdrawers.map(slot)), watcher]);
  } finally {
    watching.ended = true;
    agent.destroy();
  }
  await watcher;
  const perSecond = count / ((Date.now() - began) / 1000);
  return { perSecond, latency: latencyOf(latencies), answered: latencyOf(answers) };
}

/** One cheap query for all that are in flight; the moment itself is the database's, not the poll's. */
async function watch(
  world: World,
  flights: Map<string, Flight>,
  watching: { ended: boolean },
): Promise<void> {
  while (!watching.ended) {
    await sleep(POLL_MS);
    if (flights.size === 0) continue;
    const oldest = Math.min(...[...flights.values()].map(({ sentAt }) => sentAt));
    if (Date.now() - oldest > PATIENCE_MS) throw new Error('a withdrawal did not arrive in time');
    const { rows } = await world.pool.query<{ id: string; completed_at: string }>({
      name: 'bench-arrived',
      text: `select id, extract(epoch from completed_at) * 1000 as completed_at from withdrawals
        where id = any ($1) and status = 'complete'`,
      values: [[...flights.keys()]],
    });
    for (const { id, completed_at } of rows) {
      const flight = flights.get(id);
      flights.delete(id);
      flight?.landed(Number(completed_at));
    }
  }
}
