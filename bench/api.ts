/** The API by itself: its cheapest write, and reads beside a bare handler of the same query. */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { createTokenAuthority } from '../api/auth/tokens.ts';
import { startChild } from '../scripts/stack/child.ts';
import { freePort } from '../scripts/stack/ports.ts';
import { forget, watchOver } from '../scripts/stack/watch-over.ts';
import { runDeposits, settle } from './measure/deposits.ts';
import { type HttpCall, load, timed } from './measure/load.ts';
import { type Latency, latencyOf, median } from './measure/statistics.ts';
import type { Options } from './options.ts';
import type { Base } from './world/base.ts';
import { createDepositors } from './world/customers.ts';
import { VARIANTS } from './world/variants.ts';
import { startWorld, type World } from './world/world.ts';

const WRITES = 100;
const WARM_UP_WRITES = 20;
const READ_CONCURRENCY = 16;
const READ_ROUNDS = 3;

export interface ApiFigures {
  /** PATCH /v1/me: the cheapest write, with its idempotency key. Milliseconds, one at a time. */
  readonly updateMe: Latency;
  readonly balancePerSecond: number;
  readonly barePerSecond: number;
  readonly balanceLatency: Latency;
}

/** Measures in one world with a little history behind each balance. */
export async function measureApi(base: Base, options: Options): Promise<ApiFigures> {
  const world = await startWorld(base, VARIANTS.sluice);
  try {
    const depositors = await createDepositors(world.config, world.pool, 5);
    await runDeposits(world, depositors, 20);
    await settle(world);
    const updateMe = await measureWrites(world, (user) => ({
      method: 'PATCH',
      url: `${world.config.api.publicUrl}/v1/me`,
      headers: user.headers,
      body: { full_name: 'Ada Lovelace' },
    }));
    const reads = await measureReads(base, world, depositors[0]?.userId ?? '', options.seconds);
    return { updateMe, ...reads };
  } finally {
    await world.stop();
  }
}

interface User {
  readonly headers: Readonly<Record<string, string>>;
}

/** Each write by a user of its own, one after the other. */
async function measureWrites(world: World, callOf: (user: User) => HttpCall): Promise<Latency> {
  const authority = await createTokenAuthority(world.config.auth);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const latencies: number[] = [];
  for (let write = 0; write < WRITES + WARM_UP_WRITES; write += 1) {
    const userId = randomUUID();
    await world.pool.query('insert into users (id, auth_provider_id, phone_number) values ($1, $2, $3)', [
      userId,
      `bench:${userId}`,
      `+1555${String(Date.now()).slice(-7)}`,
    ]);
    const { token } = await authority.issue({ userId, role: 'user' }, 'access', 3_600);
    const headers = { authorization: `Bearer ${token}`, 'idempotency-key': randomUUID() };
    const took = (await timed(callOf({ headers }), agent)).milliseconds;
    if (write >= WARM_UP_WRITES) latencies.push(took);
  }
  agent.destroy();
  return latencyOf(latencies);
}

/** GET /v1/balance and the bare handler take turns; the middle of the rounds of each. */
async function measureReads(base: Base, world: World, userId: string, seconds: number) {
  const folder = path.join(base.folder, 'bare');
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const bare = await startChild({
    name: 'bare handler',
    file: 'bench/plain/balance-server.ts',
    env: { DATABASE_URL: world.config.database.url, BARE_PORT: String(port) },
    logFile: path.join(folder, 'bare.log'),
    onSpawn: (pid, polite) => watchOver(pid, polite),
  });
  try {
    const authority = await createTokenAuthority(world.config.auth);
    const { token } = await authority.issue({ userId, role: 'user' }, 'access', 3_600);
    const ours: HttpCall = {
      method: 'GET',
      url: `${world.config.api.publicUrl}/v1/balance`,
      headers: { authorization: `Bearer ${token}` },
    };
    const theirs: HttpCall = { method: 'GET', url: `http://127.0.0.1:${port}/v1/balance?user_id=${userId}` };
    for (const call of [ours, theirs]) await load(call, READ_CONCURRENCY, Math.min(seconds, 2));
    const rounds: { ours: number; theirs: number; latency: Latency }[] = [];
    for (let round = 0; round < READ_ROUNDS; round += 1) {
      const mine = await load(ours, READ_CONCURRENCY, seconds);
      const other = await load(theirs, READ_CONCURRENCY, seconds);
      rounds.push({ ours: mine.perSecond, theirs: other.perSecond, latency: mine.latency });
    }
    return {
      balancePerSecond: median(rounds.map(({ ours }) => ours)),
      barePerSecond: median(rounds.map(({ theirs }) => theirs)),
      balanceLatency: rounds[1]?.latency ?? latencyOf([]),
    };
  } finally {
    await bare.stop();
    forget(bare.pid);
  }
}
