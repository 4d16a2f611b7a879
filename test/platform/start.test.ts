/** `npm start` brings everything up, keeps it up, recovers from a kill, and leaves nothing behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isAlive } from '../../scripts/stack/processes.ts';
import { eventually } from '../support/eventually.ts';
import { apiClient } from '../support/http.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(path.join(tmpdir(), 'sluice-start-'));
const START_MS = 60_000;
const started: ChildProcess[] = [];

interface Runtime {
  readonly api: string;
  readonly temporal: { readonly address: string; readonly ui: string; readonly namespace: string };
  readonly tokens: Readonly<Record<string, string>>;
  readonly pids: Readonly<Record<string, number>>;
  readonly sandbox_credentials: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

interface Run {
  readonly process: ChildProcess;
  said(): string;
  ended(): boolean;
}

function npmStart(): Run {
  const child = spawn(process.execPath, ['scripts/start.ts'], {
    cwd: ROOT,
    env: { ...process.env, SLUICE_LOCAL: folder, SANDBOX_PACE: 'instant' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  return {
    process: child,
    said: () => said,
    ended: () => child.exitCode !== null || child.signalCode !== null,
  };
}

async function runtimeOf(run: Run): Promise<Runtime> {
  const file = path.join(folder, 'runtime.json');
  const look = () => {
    if (run.ended()) throw new Error(`npm start ended: ${run.said()}`);
    return existsSync(file) && run.said().includes('Sluice is ready') ? file : undefined;
  };
  await eventually('npm start is ready', look, { timeoutMs: START_MS });
  return JSON.parse(readFileSync(file, 'utf8')) as Runtime;
}

async function allGone(pids: Readonly<Record<string, number>>): Promise<void> {
  await eventually(
    'every process of the stack is gone',
    () => Object.values(pids).filter(isAlive).length === 0,
    { timeoutMs: 30_000 },
  );
}

afterAll(async () => {
  for (const child of started) child.kill('SIGTERM');
  await Promise.all(
    started.map((child) =>
      eventually('npm start ended', () => child.exitCode ?? child.signalCode ?? undefined),
    ),
  );
  rmSync(folder, { recursive: true, force: true });
});

test('a start says all that is needed, a killed one is recovered, a stopped one leaves nothing', async () => {
  const first = npmStart();
  const runtime = await runtimeOf(first);

  expect(Object.keys(runtime)).toEqual([
    'api',
    'docs',
    'temporal',
    'sandbox',
    'database',
    'tokens',
    'pids',
    'sandbox_credentials',
  ]);
  expect(Object.keys(runtime.temporal)).toEqual(['address', 'ui', 'namespace']);
  expect(Object.keys(runtime.tokens)).toEqual(['user', 'support', 'admin']);
  expect(Object.keys(runtime.pids)).toEqual(['api', 'worker', 'sandbox', 'temporal', 'postgres']);
  expect(runtime.sandbox_credentials).toMatchObject({
    alpaca: { base_url: expect.any(String), key: expect.any(String), firm_account_id: expect.any(String) },
    circle: { base_url: expect.any(String), api_key: expect.any(String), entity_secret: expect.any(String) },
    mint: { base_url: expect.any(String), api_key: expect.any(String) },
  });
  for (const name of ['runtime.json', 'secrets.json', 'processes.json']) {
    expect(statSync(path.join(folder, name)).mode & 0o077).toBe(0);
  }
  const me = await apiClient(runtime.api)('GET', '/v1/me', { token: runtime.tokens.user ?? '' });
  expect(me.status).toBe(200);

  // The Web UI sends the staff cookie to the codec endpoint only with this setting.
  const settings = await (await fetch(`${runtime.temporal.ui}/api/v1/settings`)).json();
  expect(settings).toMatchObject({
    Codec: { Endpoint: `${runtime.api}/v1/codec`, IncludeCredentials: true },
  });

  // A second one in the same folder says so in one sentence.
  const second = npmStart();
  await eventually('the second start ended', () => second.ended());
  expect(second.process.exitCode).toBe(1);
  expect(second.said()).toMatch(
    /^Sluice already runs in this folder \(process \d+\); its addresses are in .*\n$/,
  );

  // A process that dies is replaced, and runtime.json tells the new id.
  process.kill(runtime.pids.worker ?? 0, 'SIGKILL');
  const renewed = await eventually('the worker runs again', async () => {
    const { pids } = await runtimeOf(first);
    return pids.worker === runtime.pids.worker ? undefined : pids;
  });
  expect(first.said()).toContain('The worker ended unexpectedly (ended by SIGKILL); starting it again.');

  // Killed as a whole, nothing stays behind, and the next start finds the same customers.
  first.process.kill('SIGKILL');
  await allGone(renewed);
  const third = npmStart();
  const recovered = await runtimeOf(third);
  const again = await apiClient(recovered.api)('GET', '/v1/me', { token: runtime.tokens.user ?? '' });
  expect(again.body).toEqual(me.body);

  // Ctrl-C.
  third.process.kill('SIGINT');
  await allGone(recovered.pids);
  await eventually('npm start ended', () => third.ended());
  expect(third.process.exitCode).toBe(0);
  expect(existsSync(path.join(folder, 'runtime.json'))).toBe(false);
}, 180_000);
