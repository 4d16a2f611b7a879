/** The sandbox for tests: inside the test's process, or as a process that can be killed and started again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startSandbox } from '../../sandbox/sandbox.ts';
import { type Child, startChild } from '../../scripts/stack/child.ts';
import { type SandboxFacts, sandboxEnvironment } from '../../scripts/stack/environment.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { signal, waitUntilGone } from '../../scripts/stack/processes.ts';
import { forget, watchOver } from '../../scripts/stack/watch-over.ts';

export interface TestSandbox {
  /** Where each company listens and how to sign in there. */
  readonly facts: SandboxFacts;
  /** Calls the control API: `control('POST', '/control/clock/advance', { seconds: 60 })`. */
  control<Answer = unknown>(method: string, path: string, body?: unknown): Promise<Answer>;
  stop(): Promise<void>;
}

export interface SandboxProcess extends TestSandbox {
  pid(): number;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again on the same ports and data. */
  restart(): Promise<void>;
}

/** Runs the sandbox in this process on free ports, with every asynchronous step at once. */
export async function sandboxInProcess(): Promise<TestSandbox> {
  const sandbox = await startSandbox({ data: ':memory:', pace: 'instant' });
  const facts = sandbox.credentials as unknown as SandboxFacts;
  return { facts, control: controlOf(facts), stop: () => sandbox.stop() };
}

/** Runs the sandbox as a process of its own, on fixed free ports, so that it can be killed and restarted. */
export async function sandboxProcess(): Promise<SandboxProcess> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-sandbox-'));
  const names = ['control', 'circle', 'mint', 'alpaca', 'sms'];
  const ports = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await freePort()] as const)),
  );
  const start = async () => {
    const started = await startChild({
      name: 'sandbox',
      file: 'sandbox/server.ts',
      env: sandboxEnvironment(folder, 'instant', ports),
      logFile: path.join(folder, 'sandbox.log'),
      onSpawn: watchOver,
    });
    return started;
  };
  let child: Child = await start();
  const facts = child.ready as unknown as SandboxFacts;
  const end = async (name: 'SIGKILL' | 'SIGTERM') => {
    if (name === 'SIGKILL') signal(child.pid, name);
    else await child.stop();
    await waitUntilGone(child.pid, 5_000);
    forget(child.pid);
  };
  return {
    facts,
    control: controlOf(facts),
    pid: () => child.pid,
    kill: () => end('SIGKILL'),
    restart: async () => {
      child = await start();
    },
    stop: async () => {
      await end('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function controlOf(facts: SandboxFacts): TestSandbox['control'] {
  return async <Answer>(method: string, path: string, body?: unknown) => {
    const response = await fetch(`${facts.control.base_url}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  };
}
