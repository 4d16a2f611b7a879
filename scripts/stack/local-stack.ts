/** The whole of Sluice on one machine: what is started, in which order, and with which addresses. */
import { statfsSync } from 'node:fs';
import { type Config, loadConfig } from '../../config.ts';
import { migrate } from '../../db/migrate.ts';
import { type Child, type OnSpawn, type Running, startChild } from './child.ts';
import { applicationEnvironment, type SandboxFacts, sandboxEnvironment } from './environment.ts';
import type { LocalFolder } from './folder.ts';
import { freePort, portOr } from './ports.ts';
import { type Postgres, startPostgres } from './postgres.ts';
import { type StackSecrets, storedSecrets } from './secrets.ts';
import { StackError } from './stack-error.ts';
import type { Supervised, Supervisor } from './supervisor.ts';
import { startTemporal, type Temporal } from './temporal.ts';
import { findTemporal } from './temporal-binary.ts';
import { startTemporalUi } from './temporal-ui.ts';

const DATABASE = 'sluice';
const NAMESPACE = 'default';
const TASK_QUEUE = 'sluice';

/** Where everything listens when nobody else does. */
const DEFAULT_PORTS = {
  api: 7070,
  temporal: 7233,
  temporal_ui: 8233,
  postgres: 54_329,
  control: 7171,
  circle: 7172,
  mint: 7173,
  alpaca: 7174,
  sms: 7175,
} as const;
type PortName = keyof typeof DEFAULT_PORTS;
type Ports = Readonly<Record<PortName, number>>;

interface LocalStackOptions {
  readonly folder: LocalFolder;
  readonly supervisor: Supervisor;
  /**
   * The surroundings: DATABASE_URL and TEMPORAL_ADDRESS name servers that are used instead of embedded
   * ones.
   */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
  readonly onSpawn: OnSpawn;
}

export interface LocalStack {
  readonly config: Config;
  readonly sandbox: SandboxFacts;
  readonly temporalUi: string | undefined;
  /** Process ids by name, as they are now. */
  pids(): Readonly<Record<string, number>>;
}

/**
 * Starts everything: Postgres, Temporal and the sandbox together, then the worker and the API.
 *
 * @throws {StackError} with one clear sentence when something outside of the code is missing.
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  requireRoom(options.folder.path);
  const ports = await choosePorts(options);
  const secrets = storedSecrets(options.folder.file('secrets.json'));
  const [database, temporal, sandbox] = await Promise.all([
    startDatabase(options, ports, secrets),
    startEngine(options, ports),
    startSandbox(options, ports),
  ]);
  const facts = sandbox.current().ready as unknown as SandboxFacts;
  const addresses = { databaseUrl: database.url, temporal: temporal.addresses, api: { port: ports.api } };
  const env = { ...applicationEnvironment(addresses, facts, secrets), ...passedThrough(options.env) };
  const config = loadConfig(env);
  const program = (name: 'worker' | 'api', file: string) => {
    const logFile = options.folder.file('logs', `${name}.log`);
    return options.supervisor.keep({ name, logFile, stopFirst: true }, () =>
      startChild({ name, file, env, logFile, onSpawn: options.onSpawn }),
    );
  };
  const [worker, api] = await Promise.all([program('worker', 'worker.ts'), program('api', 'api/server.ts')]);
  const named = { api, worker, sandbox, temporal: temporal.process, postgres: database.process };
  return { config, sandbox: facts, temporalUi: temporal.addresses.ui, pids: () => idsOf(named) };
}

function idsOf(named: Readonly<Record<string, Supervised<Running> | undefined>>): Record<string, number> {
  const entries = Object.entries(named).flatMap(([name, process]) =>
    process === undefined ? [] : [[name, process.current().pid] as const],
  );
  return Object.fromEntries(entries);
}

function requireRoom(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  const megabytes = Math.floor((bavail * bsize) / 1024 / 1024);
  if (megabytes < 200) {
    throw new StackError(
      `The disk that holds ${folder} is full: ${megabytes} MB are free, Sluice needs 200 MB.`,
    );
  }
}

/** The usual port where it is free, else that of the last run, else any other; says so when it is another. */
async function choosePorts({ folder, say }: LocalStackOptions): Promise<Ports> {
  const last = folder.lastPorts();
  const chosen: Record<string, number> = {};
  for (const [name, usual] of Object.entries(DEFAULT_PORTS)) {
    const taken = new Set(Object.values(chosen));
    const port = await portOr(usual, taken);
    chosen[name] = port === usual ? usual : await portOr(last[name] ?? port, taken);
    if (chosen[name] !== usual)
      say(`Port ${usual} is in use; ${name.replace('_', ' ')} listens on ${chosen[name]}.`);
  }
  folder.rememberPorts(chosen);
  return chosen as Ports;
}

interface Database {
  readonly url: string;
  readonly process?: Supervised<Postgres>;
}

async function startDatabase(
  options: LocalStackOptions,
  ports: Ports,
  secrets: StackSecrets,
): Promise<Database> {
  const { folder, supervisor, env, onSpawn } = options;
  if (env.DATABASE_URL) {
    await migrate(env.DATABASE_URL).catch((error: Error) => {
      throw new StackError(`The database that DATABASE_URL names cannot be used: ${error.message}.`);
    });
    return { url: env.DATABASE_URL };
  }
  const logFile = folder.file('logs', 'postgres.log');
  const process = await supervisor.keep({ name: 'postgres', logFile }, () =>
    startPostgres({
      dataDir: folder.file('postgres'),
      port: ports.postgres,
      password: secrets.databasePassword,
      durable: true,
      logFile,
      onSpawn,
    }),
  );
  await process.current().ensureDatabase(DATABASE);
  const url = process.current().url(DATABASE);
  await migrate(url);
  return { url, process };
}

interface Engine {
  readonly addresses: {
    readonly address: string;
    readonly namespace: string;
    readonly taskQueue: string;
    readonly ui?: string;
  };
  readonly process?: Supervised<Temporal>;
}

async function startEngine(options: LocalStackOptions, ports: Ports): Promise<Engine> {
  const { folder, supervisor, env, say, onSpawn } = options;
  const names = {
    namespace: env.TEMPORAL_NAMESPACE || NAMESPACE,
    taskQueue: env.TEMPORAL_TASK_QUEUE || TASK_QUEUE,
  };
  if (env.TEMPORAL_ADDRESS) {
    const ui = env.TEMPORAL_UI_URL ? { ui: env.TEMPORAL_UI_URL } : {};
    return { addresses: { address: env.TEMPORAL_ADDRESS, ...names, ...ui } };
  }
  const program = await findTemporal(say);
  const logFile = folder.file('logs', 'temporal.log');
  const uiPort = await freePort();
  const process = await supervisor.keep({ name: 'temporal', logFile }, () =>
    startTemporal({
      program,
      port: ports.temporal,
      logFile,
      stateFile: folder.file('temporal', 'state.db'),
      ui: { port: uiPort, codecEndpoint: `http://127.0.0.1:${ports.api}/v1/codec` },
      onSpawn,
    }),
  );
  const ui = await startTemporalUi(ports.temporal_ui, uiPort);
  const namespace = NAMESPACE;
  return { addresses: { address: process.current().address, ...names, namespace, ui: ui.url }, process };
}

function startSandbox(options: LocalStackOptions, ports: Ports): Promise<Supervised<Child>> {
  const { folder, supervisor, env, onSpawn } = options;
  const { control, circle, mint, alpaca, sms } = ports;
  const pace = env.SANDBOX_PACE === 'instant' ? 'instant' : 'real';
  const logFile = folder.file('logs', 'sandbox.log');
  return supervisor.keep({ name: 'sandbox', logFile }, () =>
    startChild({
      name: 'sandbox',
      file: 'sandbox/server.ts',
      // It keeps everything on disk before it answers: nothing is lost when it is cut off.
      graceMs: 2_000,
      env: sandboxEnvironment(folder.file('sandbox'), pace, { control, circle, mint, alpaca, sms }),
      logFile,
      onSpawn,
    }),
  );
}

/** What a person may set for the local stack too; everything else is made here. */
function passedThrough(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names = ['LOG_LEVEL', 'API_RATE_LIMIT_PER_MINUTE', 'API_CREDENTIALS_LIMIT_PER_MINUTE'];
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}
