/** Sends USDC and waits for buying power: the load that every variant gets alike. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Depositor } from '../world/customers.ts';
import type { World } from '../world/world.ts';
import { type Latency, latencyOf } from './statistics.ts';

const POLL_MS = 10;
/** A deposit that takes longer is lost or waits for somebody: the round would mean nothing. */
const PATIENCE_MS = 120_000;

export interface DepositRun {
  readonly count: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** From the sending to the moment at which the row said `broker_funded`, in milliseconds. */
  readonly latency: Latency;
  /** From Circle's final webhook about the customer's transfer to `broker_funded`, in milliseconds. */
  readonly sinceWebhook: Latency;
}

export interface DepositRunOptions {
  /** USDC of each transfer. */
  readonly amount?: string;
  /** Hears how many have become buying power. */
  readonly onLanded?: (done: number) => void;
}

interface Flight {
  readonly depositor: Depositor;
  readonly sentAt: number;
  readonly txHash: string;
  readonly landed: (fundedAt: number) => void;
}

/**
 * Sends `count` transfers, as many at a time as there are depositors, each depositor's next one when the last
 * one is buying power.
 */
export async function runDeposits(
  world: World,
  depositors: readonly Depositor[],
  count: number,
  { amount = '25.10', onLanded = () => undefined }: DepositRunOptions = {},
): Promise<DepositRun> {
  const flights = new Map<string, Flight>();
  const latencies: number[] = [];
  const watching = { ended: false };
  const watcher = watch(world, flights, watching);
  const began = Date.now();
  let sent = 0;
  const worker = async (depositor: Depositor): Promise<void> => {
    while (sent < count) {
      sent += 1;
      const sentAt = Date.now();
      const body = { blockchain: depositor.blockchain, to: depositor.address, amount };
      const { tx_hash } = await world.control<{ tx_hash: string }>('POST', '/control/chain/transfers', body);
      const fundedAt = await new Promise<number>((landed) => {
        flights.set(tx_hash, { depositor, sentAt, txHash: tx_hash, landed });
      });
      latencies.push(fundedAt - sentAt);
      onLanded(latencies.length);
    }
  };
  try {
    await Promise.race([Promise.all(depositors.map(worker)), watcher]);
  } finally {
    watching.ended = true;
  }
  await watcher;
  const seconds = (Date.now() - began) / 1000;
  const sinceWebhook = latencyOf(await webhookLatencies(world, began));
  return { count, seconds, perSecond: count / seconds, latency: latencyOf(latencies), sinceWebhook };
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
    const open = [...flights.values()];
    const oldest = Math.min(...open.map(({ sentAt }) => sentAt));
    if (Date.now() - oldest > PATIENCE_MS) {
      const left = await inWords(world, open);
      throw new Error(`a deposit did not become buying power in time: ${left || 'no row of it is there'}`);
    }
    const { rows } = await world.pool.query<{ tx_hash: string; funded_at: string }>({
      name: 'bench-landed',
      text: `select tx_hash, extract(epoch from broker_funded_at) * 1000 as funded_at from deposits
        where user_id = any ($1) and created_at > to_timestamp($2) and broker_funded_at is not null`,
      values: [open.map(({ depositor }) => depositor.userId), oldest / 1000 - 1],
    });
    for (const row of rows) {
      const flight = flights.get(row.tx_hash);
      flights.delete(row.tx_hash);
      flight?.landed(Number(row.funded_at));
    }
  }
}

/** Where those stand that have not arrived, and what people are asked about them. */
async function inWords({ pool }: World, flights: readonly Flight[]): Promise<string> {
  const { rows } = await pool.query<{ words: string }>(
    `select d.id || ' ' || concat_ws(', ', d.status, 'waits for ' || d.waiting_for, 'since ' || d.updated_at,
       (select string_agg(r.reason || ': ' || r.detail, '; ') from reviews r
        where r.subject_id = d.id and r.decided_at is null),
       (select string_agg(o.step || ' ' || o.state, ', ') from provider_operations o where o.subject_id = d.id),
       (select string_agg(e.kind || ' ' || (e.message ->> 'state'), ', ') from inbound_events e
        where e.workflow_id = 'deposit:' || d.id and e.processed_at is null)) as words
     from deposits d where d.tx_hash = any ($1) and d.status <> 'broker_funded'`,
    [flights.map(({ txHash }) => txHash)],
  );
  return rows.map(({ words }) => words).join(' | ');
}

async function webhookLatencies(world: World, since: number): Promise<number[]> {
  const { rows } = await world.pool.query<{ ms: string }>(
    `select extract(epoch from d.broker_funded_at - e.received_at) * 1000 as ms
     from deposits d join inbound_events e on e.provider = 'circle' and e.reference = d.circle_transaction_id
     where d.created_at > to_timestamp($1) and d.status = 'broker_funded' and e.kind = 'circle.inbound'
       and e.message ->> 'state' = 'complete'`,
    [since / 1000],
  );
  return rows.map(({ ms }) => Number(ms));
}

/**
 * Waits until every webhook was used, so that a variant's late work counts as its own. The broker's events
 * are left out: DBOS's version stores those that it does not need, and nobody marks them.
 */
export async function settle(world: World): Promise<void> {
  for (let poll = 0; poll < 250; poll += 1) {
    const { rows } = await world.pool.query<{ open: string }>(
      "select count(*) as open from unused_events where kind not like 'alpaca.%'",
    );
    if (rows[0]?.open === '0') return;
    await sleep(20);
  }
}
