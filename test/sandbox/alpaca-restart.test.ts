/**
 * What the sandbox's Alpaca keeps when its process is killed: every answered effect, once, and the cursors.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { application, eventually, type Json } from './alpaca-world.ts';

interface Running {
  child: ChildProcess;
  alpaca: Record<string, string>;
  control: string;
}

let folder: string;
let running: Running;

async function start(): Promise<Running> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../sandbox/server.ts')], {
    env: { ...process.env, NODE_OPTIONS: '', SANDBOX_DATA: folder, SANDBOX_PACE: 'instant' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const [line] = (await once(lines, 'line')) as [string];
  const ready = JSON.parse(line) as Record<string, Record<string, string>>;
  return { child, alpaca: ready.alpaca ?? {}, control: ready.control?.base_url ?? '' };
}

async function kill(): Promise<void> {
  const gone = once(running.child, 'exit');
  running.child.kill('SIGKILL');
  await gone;
}

async function call<T = Json>(method: string, path: string, body?: unknown, key?: string): Promise<T> {
  const { base_url, key: id, secret } = running.alpaca;
  const response = await fetch(
    path.startsWith('/control') ? `${running.control}${path}` : `${base_url}${path}`,
    {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
        'content-type': 'application/json',
        ...(key ? { 'idempotency-key': key } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    },
  );
  return (await response.json()) as T;
}

async function replay(): Promise<Json[]> {
  const { base_url, key, secret } = running.alpaca;
  const until = new Date().toISOString();
  const url = `${base_url}/v2/events/journals/status?since=2020-01-01&until=${until}`;
  const authorization = `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`;
  const text = await (await fetch(url, { headers: { authorization } })).text();
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json ?? '') as Json);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-alpaca-'));
  running = await start();
});

afterAll(async () => {
  await kill();
  await rm(folder, { recursive: true, force: true });
});

test('a kill in the middle of journals loses none that was answered and repeats none', async () => {
  await call('POST', '/control/alpaca/firm/deposit', { amount: '1000' });
  const { id } = await call('POST', '/v1/accounts', application());
  await eventually(async () => (await call('GET', `/v1/accounts/${id}`)).status === 'ACTIVE');
  const from_account = running.alpaca.firm_account_id;
  const send = (n: number) =>
    call(
      'POST',
      '/v1/journals',
      { entry_type: 'JNLC', from_account, to_account: id, amount: '1' },
      `key-${n}`,
    );
  const keys = Array.from({ length: 200 }, (_, n) => n);
  const answered = new Map<number, unknown>();
  const sending = keys.map((n) =>
    send(n).then(
      (journal) => void answered.set(n, journal.id),
      () => undefined,
    ),
  );
  await eventually(async () => answered.size > 20);
  await kill();
  await Promise.all(sending);
  const before = running.alpaca;
  running = await start();
  expect(running.alpaca).toMatchObject({ key: before.key, firm_account_id: before.firm_account_id });

  for (const n of keys) {
    const journal = await send(n);
    expect(journal.status).toBe('executed');
    if (answered.has(n)) expect(journal.id).toBe(answered.get(n));
  }
  expect((await call('GET', `/v1/trading/accounts/${id}/account`)).cash).toBe('200');
  expect(await call<Json[]>('GET', `/v1/journals?to_account=${id}`)).toHaveLength(200);
  const { sums } = await call('GET', '/control/books');
  expect(Object.values(sums as Json).every((sum) => sum === '0')).toBe(true);
  const events = await replay();
  const ids = events.map((event) => String(event.event_id));
  expect(events.filter((event) => event.status_to === 'executed')).toHaveLength(200);
  expect(ids).toEqual([...ids].sort());
});

test('a step that was due goes on after the restart', async () => {
  await call('PATCH', '/control/settings', { 'alpaca.kyc_ms': 300 });
  const { id } = await call('POST', '/v1/accounts', application());
  await kill();
  running = await start();
  await eventually(async () => (await call('GET', `/v1/accounts/${id}`)).status === 'ACTIVE');
});
