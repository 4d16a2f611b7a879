/** Everything that one test file needs to play a customer's life: database, sandbox, worker and API. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTokenAuthority } from '../../api/auth/tokens.ts';
import { type Config, loadConfig } from '../../config.ts';
import type { Role } from '../../domain/platform/user.ts';
import { applicationEnvironment } from '../../scripts/stack/environment.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { createSecrets } from '../../scripts/stack/secrets.ts';
import { type ApplicationProcess, applicationProcess } from './application.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { eventually } from './eventually.ts';
import { type ApiClient, apiClient } from './http.ts';
import type { OwnServers } from './own-servers.ts';
import { type SandboxProcess, sandboxInProcess, sandboxProcess, type TestSandbox } from './sandbox.ts';
import { testTemporal } from './temporal.ts';

interface StackOptions {
  /** Runs the sandbox as a process, so that it can be killed; else it runs inside the test. */
  readonly killableSandbox?: boolean;
  /** Added to the environment of worker and API, or replacing parts of it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Dollars in our firm account at Alpaca before the worker opens the books. */
  readonly firmCash?: string;
  /** Servers of the test's own instead of those that all tests share. */
  readonly servers?: Pick<OwnServers, 'database' | 'temporal'>;
  /** Which of the two to start; both unless told. */
  readonly start?: readonly ('worker' | 'api')[];
}

export interface TestStack {
  readonly config: Config;
  /** The environment that worker and API were started with. */
  readonly env: Readonly<Record<string, string>>;
  readonly database: TestDatabase;
  readonly sandbox: TestSandbox & Partial<SandboxProcess>;
  readonly worker: ApplicationProcess;
  readonly api: ApplicationProcess;
  /** Calls the API. */
  readonly call: ApiClient;
  /** A token for a user who exists, valid for an hour. */
  token(userId: string, role?: Role): Promise<string>;
  /** What worker and API have logged so far. */
  logs(): string;
  stop(): Promise<void>;
}

/** Starts the stack; worker and API are processes of their own, exactly as in production. */
export async function startStack(options: StackOptions = {}): Promise<TestStack> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-stack-'));
  const [database, temporal, sandbox, port] = await Promise.all([
    options.servers?.database ?? createDatabase(),
    options.servers?.temporal ?? testTemporal(),
    options.killableSandbox ? sandboxProcess() : sandboxInProcess(),
    freePort(),
  ]);
  if (options.firmCash) {
    await sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: options.firmCash });
  }
  const addresses = { databaseUrl: database.url, temporal, api: { port } };
  const env = {
    ...applicationEnvironment(addresses, sandbox.facts, createSecrets()),
    API_RATE_LIMIT_PER_MINUTE: '1000000',
    API_CREDENTIALS_LIMIT_PER_MINUTE: '1000000',
    LOG_LEVEL: 'warn',
    ...options.env,
  };
  const config = loadConfig(env);
  const authority = await createTokenAuthority(config.auth);
  const wanted = options.start ?? ['worker', 'api'];
  const run = (name: 'worker' | 'api') =>
    wanted.includes(name) ? applicationProcess(name, env, folder) : Promise.resolve(absent(name));
  const close = async () => {
    await sandbox.stop();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  };
  const [worker, api] = await Promise.all([run('worker'), run('api')]).catch(async (error: Error) => {
    // What is still open would keep Jest from ending; the reaper ends the program that did start.
    await close();
    throw error;
  });
  if (wanted.length === 2 && !isVersioned(env)) await providersReady(database.pool);
  return {
    ...{ config, env, database, sandbox, worker, api },
    call: apiClient(config.api.publicUrl),
    token: async (userId, role = 'user') => (await authority.issue({ userId, role }, 'access', 3_600)).token,
    logs: () => wanted.map((name) => readFileSync(path.join(folder, `${name}.log`), 'utf8')).join(''),
    stop: async () => {
      await Promise.all([worker.stop(), api.stop()]);
      await close();
    },
  };
}

/** A versioned worker does nothing before its version is made current, which is the test's own to do. */
function isVersioned(env: Readonly<Record<string, string>>): boolean {
  return env.WORKER_DEPLOYMENT_NAME !== undefined;
}

/**
 * Waits until the worker has set up our places at the companies: what they tell before they know where to call
 * is told to nobody.
 */
export async function providersReady(pool: TestDatabase['pool']): Promise<void> {
  const isReady = async () => {
    const { rows } = await pool.query<{ ready: boolean }>(
      `select (select count(*) from provider_facts where name like '%_subscription') = 2
         and (select count(*) from mint_deposit_addresses) = 4
         and (select count(*) from treasury_wallets where mint_recipient_id is not null) = 4 as ready`,
    );
    return rows[0]?.ready === true;
  };
  await eventually('the companies know where to call, and our addresses are there', isReady, {
    timeoutMs: 60_000,
  });
}

/**
 * Stands for a program that the test did not want; stopping nothing is fine, everything else is a mistake.
 */
function absent(name: string): ApplicationProcess {
  const refuse = () => {
    throw new Error(`This test started no ${name}.`);
  };
  return { pid: refuse, kill: refuse, restart: refuse, stop: () => Promise.resolve() };
}
