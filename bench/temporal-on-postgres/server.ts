/** A Temporal server as it runs in production: four services in one process, with their state in Postgres. */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endOf, type OnSpawn } from '../../scripts/stack/child.ts';
import { portOr } from '../../scripts/stack/ports.ts';
import { endProcess } from '../../scripts/stack/processes.ts';
import { DYNAMIC_CONFIG, GOGC, type Temporal } from '../../scripts/stack/temporal.ts';
import { answers } from './namespace.ts';

/** Fixed for the life of a database; what the server's own examples for Postgres have. */
const HISTORY_SHARDS = 4;
const SERVICES = ['frontend', 'history', 'matching', 'worker'] as const;
/** As in the server's own example for Postgres; visibility gets more than its 2, because 25 at a time write it. */
const CONNECTIONS = { state: 20, visibility: 10 } as const;
const LOW_PORTS = { from: 12_000, to: 32_000 } as const;
const PORT_ATTEMPTS = 1_000;
const READY_POLL_MS = 50;
const READY_POLLS = 1_200;
const STOP_GRACE_MS = 15_000;

/** Where the server keeps its state. */
export interface ServerDatabases {
  readonly state: string;
  readonly visibility: string;
}

interface ServerOptions {
  readonly program: string;
  readonly databases: ServerDatabases;
  /** Takes the configuration and the log. */
  readonly folder: string;
  readonly onSpawn: OnSpawn;
  /** How to tell that it is up; its namespace answers, unless told. */
  readonly isUp?: (address: string) => Promise<boolean>;
}

/**
 * Starts the server and waits until it is up.
 * @throws Error with the server's last line when it ends or stays silent.
 */
export async function startServerOnPostgres(options: ServerOptions): Promise<Temporal> {
  const { program, databases, folder, onSpawn, isUp = answers } = options;
  mkdirSync(folder, { recursive: true });
  const logFile = path.join(folder, 'temporal.log');
  const { file, address } = await writeConfiguration(folder, databases);
  const log = openSync(logFile, 'a');
  const child = spawn(program, ['--config-file', file, '--allow-no-auth', 'start'], {
    stdio: ['ignore', log, log],
    detached: true,
    env: { GOGC, ...process.env },
  });
  closeSync(log);
  const pid = child.pid ?? 0;
  if (child.pid !== undefined) onSpawn(pid, 'SIGTERM');
  let ended = false;
  const exited = endOf(child);
  void exited.then(() => {
    ended = true;
  });
  const stop = () => endProcess(pid, 'SIGTERM', STOP_GRACE_MS);
  for (let poll = 0; poll < READY_POLLS && !ended; poll += 1) {
    if (await isUp(address)) return { pid, exited, address, stop };
    await sleep(READY_POLL_MS);
  }
  if (!ended) await stop();
  const said = readFileSync(logFile, 'utf8').trim().split('\n').at(-1);
  throw new Error(`Temporal on Postgres did not start: ${said || 'it ended without a word'}`);
}

/** The configuration is YAML, of which JSON is a part. */
async function writeConfiguration(folder: string, databases: ServerDatabases) {
  const ports = await lowPorts(SERVICES.length * 2);
  const services = SERVICES.map((service, index) => {
    const [grpcPort, membershipPort] = ports.slice(index * 2, index * 2 + 2);
    return [service, { rpc: { grpcPort, membershipPort, bindOnLocalHost: true } }] as const;
  });
  const address = `127.0.0.1:${ports[0]}`;
  const dynamicFile = path.join(folder, 'dynamic.yaml');
  const configuration = {
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'state',
      visibilityStore: 'visibility',
      numHistoryShards: HISTORY_SHARDS,
      datastores: {
        state: { sql: storeOf(databases.state, CONNECTIONS.state) },
        visibility: { sql: storeOf(databases.visibility, CONNECTIONS.visibility) },
      },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
    services: Object.fromEntries(services),
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: { enabled: true, initialFailoverVersion: 1, rpcName: 'frontend', rpcAddress: address },
      },
    },
    publicClient: { hostPort: address },
    dynamicConfigClient: { filepath: dynamicFile, pollInterval: '60s' },
  };
  const file = path.join(folder, 'server.yaml');
  writeFileSync(file, JSON.stringify(configuration, null, 2));
  // The same values as the dev server gets: only where the state is kept shall be different.
  const values = DYNAMIC_CONFIG.map((line) => {
    const [name = '', value = ''] = line.split('=');
    return [name, [{ value: JSON.parse(value) as unknown }]] as const;
  });
  writeFileSync(dynamicFile, JSON.stringify(Object.fromEntries(values), null, 2));
  return { file, address };
}

/** The server writes its ports into a column that takes no number above 32,767. */
async function lowPorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let attempt = 0; attempt < PORT_ATTEMPTS && found.size < count; attempt += 1) {
    const wished = randomInt(LOW_PORTS.from, LOW_PORTS.to);
    if ((await portOr(wished, found)) === wished) found.add(wished);
  }
  if (found.size < count) throw new Error('there are too few free ports below 32,768');
  return [...found];
}

function storeOf(databaseUrl: string, connections: number) {
  const { host, username, password, pathname } = new URL(databaseUrl);
  return {
    pluginName: 'postgres12_pgx',
    databaseName: pathname.slice(1),
    connectAddr: host,
    connectProtocol: 'tcp',
    user: username,
    password: decodeURIComponent(password),
    maxConns: connections,
    maxIdleConns: connections,
    maxConnLifetime: '1h',
  };
}
