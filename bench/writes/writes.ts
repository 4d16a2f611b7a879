/** The first answer of writes that start a workflow, beside a bare handler that does nothing else. */
import { mkdirSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from '../../scripts/stack/child.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { forget, watchOver } from '../../scripts/stack/watch-over.ts';
import { answered, type HttpCall } from '../measure/load.ts';
import { type Latency, latencyOf } from '../measure/statistics.ts';
import { withdrawalCall } from '../measure/withdrawals.ts';
import type { Base } from '../world/base.ts';
import { VARIANTS } from '../world/variants.ts';
import { createWithdrawers } from '../world/withdrawers.ts';
import { startWorld, type World } from '../world/world.ts';
import { createApplicants, kycCall } from './applicant.ts';

const ALONE = 60;
const TOGETHER = 160;
const AT_A_TIME = 16;
const WARM_UP = 10;
const QUIET_POLLS = 2_400;
const QUIET_POLL_MS = 25;

export interface WriteFigure {
  /** One at a time, the next one when the work behind the one before has ended. Milliseconds. */
  readonly alone: Latency;
  /** 16 at a time, the next one when the one before is answered; the work behind them goes on meanwhile. */
  readonly together: Latency & { readonly perSecond: number };
}

export interface WriteFigures {
  /** POST of a bare handler that starts a workflow and answers when the server has written that down. */
  readonly bareStart: WriteFigure;
  /** POST of a bare handler that answers what the started workflow said (update with start). */
  readonly bareUpdate: WriteFigure;
  readonly withdrawal: WriteFigure;
  readonly kyc: WriteFigure;
}

/** One kind of write: its calls, one after the other, and how to tell that nothing is left of their work. */
interface Write {
  next(): HttpCall;
  quiet(): Promise<boolean>;
}

/** Measures all four in one world, one after the other, alone first and then together. */
export async function measureWrites(base: Base, say: (line: string) => void): Promise<WriteFigures> {
  const world = await startWorld(base, VARIANTS.sluice);
  const bare = await startBare(base, world);
  try {
    const writes = {
      bareStart: { next: () => bare.call('/start'), quiet: async () => true },
      bareUpdate: { next: () => bare.call('/update'), quiet: async () => true },
      withdrawal: await withdrawals(world),
      kyc: await applications(world),
    } satisfies Record<string, Write>;
    const measured: [string, WriteFigure][] = [];
    for (const [name, write] of Object.entries(writes)) {
      const alone = await measureAlone(write);
      const together = await measureTogether(write);
      measured.push([name, { alone, together }]);
      say(
        `${name.padEnd(10)} first answer p50 ${alone.p50.toFixed(1)} ms alone, ` +
          `${together.p50.toFixed(1)} ms ${AT_A_TIME} at a time (${together.perSecond.toFixed(0)}/s)`,
      );
    }
    return Object.fromEntries(measured) as unknown as WriteFigures;
  } finally {
    await bare.stop();
    await world.stop();
  }
}

async function measureAlone(write: Write): Promise<Latency> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const latencies: number[] = [];
  for (let count = 0; count < WARM_UP + ALONE; count += 1) {
    const { milliseconds } = await answered(write.next(), agent);
    if (count >= WARM_UP) latencies.push(milliseconds);
    await untilQuiet(write);
  }
  agent.destroy();
  return latencyOf(latencies);
}

async function measureTogether(write: Write): Promise<WriteFigure['together']> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_A_TIME });
  const latencies: number[] = [];
  let left = TOGETHER;
  const began = performance.now();
  const slot = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      latencies.push((await answered(write.next(), agent)).milliseconds);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, slot));
  const perSecond = TOGETHER / ((performance.now() - began) / 1000);
  agent.destroy();
  await untilQuiet(write);
  return { ...latencyOf(latencies), perSecond };
}

async function untilQuiet(write: Write): Promise<void> {
  for (let poll = 0; poll < QUIET_POLLS; poll += 1) {
    if (await write.quiet()) return;
    await sleep(QUIET_POLL_MS);
  }
  throw new Error('the work behind a write did not end in time');
}

async function withdrawals(world: World): Promise<Write> {
  const withdrawers = await createWithdrawers(world, AT_A_TIME);
  let turn = 0;
  return {
    next: () => {
      const who = withdrawers[turn % withdrawers.length];
      turn += 1;
      if (!who) throw new Error('nobody withdraws');
      return withdrawalCall(world, who);
    },
    quiet: () =>
      isTrue(world, `select not exists (select 1 from withdrawals where status <> 'complete') as yes`),
  };
}

async function applications(world: World): Promise<Write> {
  const applicants = await createApplicants(world, WARM_UP + ALONE + TOGETHER);
  return {
    next: () => {
      const who = applicants.pop();
      if (!who) throw new Error('nobody applies any more');
      return kycCall(world, who);
    },
    // An account, and a wallet on each of four chains.
    quiet: () =>
      isTrue(
        world,
        `select not exists (select 1 from users u where u.kyc_status <> 'not_started' and (u.kyc_status <> 'approved'
           or (select count(*) from wallets w where w.user_id = u.id and w.status = 'active') < 4)
           and u.auth_provider_id like 'bench:%') as yes`,
      ),
  };
}

async function isTrue({ pool }: World, query: string): Promise<boolean> {
  const { rows } = await pool.query<{ yes: boolean }>(query);
  return rows[0]?.yes === true;
}

/** The bare handler and its worker, each a process of its own as the API and the worker are. */
async function startBare(base: Base, world: World) {
  const folder = path.join(base.folder, 'bare-writes');
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const env = { TEMPORAL_ADDRESS: world.config.temporal.address, BARE_PORT: String(port) };
  const start = (name: string, file: string) =>
    startChild({
      ...{ name, file, env },
      logFile: path.join(folder, `${name}.log`),
      onSpawn: (pid, polite) => watchOver(pid, polite),
    });
  const programs = await Promise.all([
    start('bare-server', 'bench/writes/bare-server.ts'),
    start('bare-worker', 'bench/writes/bare-worker.ts'),
  ]);
  return {
    call: (route: string): HttpCall => ({
      method: 'POST',
      url: `http://127.0.0.1:${port}${route}`,
      body: { amount_usd: '2.00' },
    }),
    stop: async () => {
      for (const program of programs) {
        await program.stop();
        forget(program.pid);
      }
    },
  };
}
