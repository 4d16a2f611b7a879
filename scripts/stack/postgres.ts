/** Starts the embedded Postgres on one data folder, also after it was killed, and stops it cleanly. */
import { spawn } from 'node:child_process';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { totalmem } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { endOf, type OnSpawn, type Running } from './child.ts';
import { type PostgresHome, postgresHome } from './postgres-home.ts';
import { commandLine, endProcess, isAlive, signal, waitUntilGone } from './processes.ts';
import { StackError } from './stack-error.ts';

const USER = 'sluice';
/** Below this Postgres may not even be able to write its first log segments. */
const MINIMUM_FREE_BYTES = 200 * 1024 * 1024;
const MEGABYTE = 1024 * 1024;
const READY_POLL_MS = 15;
const READY_POLLS = 2_000;
const START_ATTEMPTS = 12;
/** What the old server's backends still hold, for a moment. */
const MOMENT_LATER = /shared memory block|lock file "postmaster\.pid" already exists/;
const FAST_STOP_MS = 15_000;

interface PostgresOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly password: string;
  /** File that takes what Postgres says. */
  readonly logFile: string;
  /** False only for tests: a power cut may then lose data, and nothing else is different. */
  readonly durable: boolean;
  readonly onSpawn?: OnSpawn;
}

export interface Postgres extends Running {
  readonly port: number;
  /** URL of the maintenance database. */
  readonly adminUrl: string;
  /** URL of a database on this server. */
  url(database: string): string;
  /** Creates the database if it is not there. */
  ensureDatabase(database: string): Promise<void>;
  /** Ends at once and writes nothing down: only for data that is thrown away. */
  abandon(): Promise<void>;
}

/**
 * Starts Postgres and waits until it answers.
 *
 * A server that an earlier start left behind on the same folder is stopped first; a lock file that names
 * a process which is no Postgres does not block the start.
 *
 * @throws {StackError} with one sentence: no programs, no room on the disk, or what Postgres wrote last.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const home = await postgresHome(options.dataDir);
  mkdirSync(path.dirname(home.dataDir), { recursive: true });
  requireRoom(home.dataDir);
  if (!existsSync(path.join(home.dataDir, 'PG_VERSION'))) await initialise(home, options);
  await releaseDataFolder(home.dataDir);
  for (let attempt = 1; ; attempt += 1) {
    const server = launch(home, options);
    const outcome = await untilReady(server, options);
    if (outcome === 'ready') return handle(server, options);
    // After a kill -9 the backends of the old server need a moment to notice and to let go of its memory.
    if (!MOMENT_LATER.test(saidBy(server, options)) || attempt === START_ATTEMPTS) {
      throw new StackError(`Postgres did not start: ${outcome} (see ${options.logFile}).`);
    }
    await sleep(500);
  }
}

/** Ends Postgres servers that still run on this folder; the caller is sure that nobody else uses it. */
async function releaseDataFolder(dataDir: string): Promise<void> {
  const lockFile = path.join(dataDir, 'postmaster.pid');
  if (!existsSync(lockFile)) return;
  const lines = readFileSync(lockFile, 'utf8').split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return;
  const command = commandLine(pid) ?? '';
  if (command.includes('postgres') && command.includes(dataDir)) {
    await endProcess(pid, 'SIGINT', FAST_STOP_MS);
    return;
  }
  // The id now belongs to another program. The other lines stay: by them Postgres notices backends that
  // still run.
  writeFileSync(lockFile, [String(2 ** 22 + 1), ...lines.slice(1)].join('\n'));
}

function requireRoom(dataDir: string): void {
  const { bavail, bsize } = statfsSync(path.dirname(dataDir));
  if (bavail * bsize < MINIMUM_FREE_BYTES) {
    const megabytes = Math.floor((bavail * bsize) / 1024 / 1024);
    throw new StackError(
      `The disk that holds ${dataDir} is full: ${megabytes} MB are free, Postgres needs 200 MB.`,
    );
  }
}

/** Creates the data folder with settings that do not depend on the machine's language. */
async function initialise(home: PostgresHome, { password, durable }: PostgresOptions): Promise<void> {
  // Interrupted half-way, the folder looks finished: only a complete one gets its name.
  const partial = `${home.dataDir}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true, mode: 0o700 });
  const { uid, gid } = home.identity;
  if (uid !== undefined && gid !== undefined) chownSync(partial, uid, gid);
  const passwordFile = `${home.dataDir}.password`;
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (uid !== undefined && gid !== undefined) chownSync(passwordFile, uid, gid);
  const program = path.join(home.binaries, 'initdb');
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = [`--username=${USER}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  try {
    await runToEnd(
      program,
      ['-D', partial, ...locale, ...access, ...(durable ? [] : ['--no-sync']), '--no-instructions'],
      home,
    );
    rmSync(home.dataDir, { recursive: true, force: true });
    renameSync(partial, home.dataDir);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function runToEnd(program: string, args: readonly string[], home: PostgresHome): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...home.identity,
      env: environmentOf(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.once('error', (error) => reject(new StackError(`Postgres could not be set up: ${error.message}.`)));
    child.once('close', (code) => {
      const reason = said.trim().split('\n').at(-1) ?? '';
      if (code === 0) resolve();
      else reject(new StackError(`Postgres could not be set up: ${reason || `initdb ended with ${code}`}.`));
    });
  });
}

const environmentOf = () => ({ PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' });

interface Server {
  readonly pid: number;
  ended: boolean;
  readonly saidFrom: number;
  readonly exited: Promise<string>;
}

/** The log file is the server's own output, so that it outlives whoever started it. */
function launch(home: PostgresHome, options: PostgresOptions): Server {
  const log = openSync(options.logFile, 'a');
  const saidFrom = readFileSync(options.logFile).length;
  const settings = Object.entries(settingsOf(options)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(path.join(home.binaries, 'postgres'), ['-D', home.dataDir, ...settings], {
    ...home.identity,
    env: environmentOf(),
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  if (child.pid !== undefined) options.onSpawn?.(child.pid, 'SIGINT');
  const server: Server = { pid: child.pid ?? 0, ended: false, saidFrom, exited: endOf(child) };
  void server.exited.then(() => {
    server.ended = true;
  });
  return server;
}

/** A sixteenth of the machine, which other programs share; more than a gigabyte brings a stack like this nothing. */
function buffersMb(): number {
  return Math.round(Math.min(1_024, Math.max(128, totalmem() / MEGABYTE / 16)));
}

/**
 * One machine, many short transactions; every commit is on disk before it is answered unless `durable` is
 * off.
 */
function settingsOf(options: PostgresOptions): Record<string, string | number> {
  const shared = {
    listen_addresses: '127.0.0.1',
    port: options.port,
    unix_socket_directories: '',
    max_connections: 300,
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_wal_size: '2GB',
    checkpoint_completion_target: 0.9,
    random_page_cost: 1.1,
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
  };
  if (options.durable) return { ...shared, shared_buffers: `${buffersMb()}MB`, wal_compression: 'on' };
  return {
    ...shared,
    shared_buffers: '128MB',
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    autovacuum: 'off',
  };
}

async function untilReady(server: Server, options: PostgresOptions): Promise<'ready' | string> {
  const url = urlOf(options, 'postgres');
  for (let poll = 0; poll < READY_POLLS && !server.ended; poll += 1) {
    if (await answers(url)) return server.ended ? lastWords(server, options) : 'ready';
    await sleep(READY_POLL_MS);
  }
  if (!server.ended) await endProcess(server.pid, 'SIGQUIT', FAST_STOP_MS);
  return lastWords(server, options);
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== '28P01') return false;
    throw new StackError(
      'Postgres refuses the stored password; remove .local/postgres to start with empty data.',
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** All since the start; backends of a server that was killed may still write in between. */
function saidBy(server: Server, options: PostgresOptions): string {
  return readFileSync(options.logFile).subarray(server.saidFrom).toString();
}

function lastWords(server: Server, options: PostgresOptions): string {
  const said = saidBy(server, options).trim().split('\n');
  const fatal = said.findLast((line) => /FATAL|PANIC|ERROR/.test(line)) ?? said.at(-1) ?? '';
  return fatal.replace(/^.*?(FATAL|PANIC|ERROR):\s*/, '') || 'it ended without a word';
}

const urlOf = (options: PostgresOptions, database: string) =>
  `postgres://${USER}:${encodeURIComponent(options.password)}@127.0.0.1:${options.port}/${database}`;

function handle({ pid, exited }: Server, options: PostgresOptions): Postgres {
  const adminUrl = urlOf(options, 'postgres');
  return {
    pid,
    exited,
    port: options.port,
    adminUrl,
    url: (database) => urlOf(options, database),
    ensureDatabase: (database) => ensureDatabase(adminUrl, database),
    // "Fast shutdown": ends open connections and writes everything down.
    stop: () => endProcess(pid, 'SIGINT', FAST_STOP_MS),
    abandon: async () => {
      signal(pid, 'SIGQUIT');
      if (!(await waitUntilGone(pid, 2_000))) signal(pid, 'SIGKILL');
    },
  };
}

async function ensureDatabase(adminUrl: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}
