/** Starts the Temporal dev server with the settings that Sluice was measured with, and stops it. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { SEARCH } from '../../workflows/contract.ts';
import { endOf, type OnSpawn, type Running } from './child.ts';
import { isListening } from './ports.ts';
import { endProcess } from './processes.ts';
import { StackError } from './stack-error.ts';

const READY_POLL_MS = 25;
const READY_POLLS = 1_200;
const STOP_GRACE_MS = 10_000;

/**
 * The dev server has one history shard, whose default poll limits cost 50 ms at each hop, and whose timers
 * fire up to a second late: with these values neither is felt.
 */
export const DYNAMIC_CONFIG: readonly string[] = [
  'history.transferProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxTimeShift="10ms"',
  // The lists of the Web UI are written once a second. Of a workflow that is over by then the server writes one entry
  // instead of three, and an entry is what costs it most: each has its place in a full text index.
  'history.visibilityProcessorMaxPollRPS=1',
  'history.visibilityTaskBatchSize=1000',
  // Our search attributes are there before the server starts: it need not read them anew for each workflow.
  'system.forceSearchAttributesCacheRefreshOnRead=false',
  // An activity goes back with the answer to the task that asked for it: one way through the queue less.
  'system.enableActivityEagerExecution=true',
];

/**
 * A state file needs a write-ahead log, whose writes a killed process does not lose. Nobody else opens the file, so the
 * server keeps its lock instead of taking it for each statement. It has 64 MB of its own memory for pages instead of 2,
 * and moves the log into the file after 32 MB instead of 4: each time costs it a wait for the disk.
 */
const PRAGMAS: readonly string[] = [
  'journal_mode=WAL',
  'synchronous=NORMAL',
  'locking_mode=EXCLUSIVE',
  'cache_size=-65536',
  'temp_store=MEMORY',
  'wal_autocheckpoint=8000',
];

/**
 * Go collects garbage when the heap has grown by so many percent. Its 100 makes the server, whose live heap is small,
 * collect several times a second under load.
 */
export const GOGC = '400';

interface TemporalOptions {
  readonly program: string;
  readonly port: number;
  readonly logFile: string;
  /** File that keeps the state; without it the state is kept in memory. */
  readonly stateFile?: string;
  /** Further namespaces beside the default one, each with the same search attributes. */
  readonly namespaces?: readonly string[];
  /**
   * Port of the Web UI, and where its pages ask for the plain text of payloads; without it there is no Web
   * UI.
   */
  readonly ui?: { readonly port: number; readonly codecEndpoint: string };
  /** The server's own defaults instead of the values above: only to measure the difference. */
  readonly untuned?: boolean;
  readonly onSpawn?: OnSpawn;
}

export interface Temporal extends Running {
  /** host:port of the frontend. */
  readonly address: string;
}

/**
 * Starts the server and waits until its default namespace answers.
 *
 * @throws {StackError} with the server's last line when it ends or stays silent.
 */
export async function startTemporal(options: TemporalOptions): Promise<Temporal> {
  if (options.stateFile !== undefined) mkdirSync(path.dirname(options.stateFile), { recursive: true });
  const log = openSync(options.logFile, 'a');
  const saidFrom = readFileSync(options.logFile).length;
  const child = spawn(options.program, argumentsOf(options), {
    stdio: ['ignore', log, log],
    detached: true,
    env: options.untuned ? process.env : { GOGC, ...process.env },
  });
  closeSync(log);
  let ended = false;
  const exited = endOf(child);
  void exited.then(() => {
    ended = true;
  });
  const pid = child.pid ?? 0;
  if (child.pid !== undefined) options.onSpawn?.(pid, 'SIGTERM');
  const address = `127.0.0.1:${options.port}`;
  for (let poll = 0; poll < READY_POLLS && !ended; poll += 1) {
    // A gRPC client that comes too early waits a second before it tries again: knock on the port first.
    if ((await isListening(options.port)) && (await answers(address)))
      return { pid, exited, address, stop: () => endProcess(pid, 'SIGTERM', STOP_GRACE_MS) };
    await sleep(READY_POLL_MS);
  }
  if (!ended) await endProcess(pid, 'SIGTERM', STOP_GRACE_MS);
  const said = readFileSync(options.logFile).subarray(saidFrom).toString().trim().split('\n').at(-1);
  throw new StackError(
    `Temporal did not start: ${said || 'it ended without a word'} (see ${options.logFile}).`,
  );
}

function argumentsOf(options: TemporalOptions): string[] {
  const repeated = (flag: string, values: readonly string[]) => values.flatMap((value) => [flag, value]);
  const attributes = Object.values(SEARCH).map(({ name, type }) => `${name}=${spelled(type)}`);
  const ui =
    options.ui === undefined
      ? ['--headless']
      : ['--ui-port', String(options.ui.port), '--ui-codec-endpoint', options.ui.codecEndpoint];
  const pragmas = repeated('--sqlite-pragma', PRAGMAS);
  const state = options.stateFile === undefined ? [] : ['--db-filename', options.stateFile, ...pragmas];
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(options.port), '--log-level', 'warn'],
    ...ui,
    ...state,
    ...repeated('--dynamic-config-value', options.untuned ? [] : DYNAMIC_CONFIG),
    ...repeated('--search-attribute', attributes),
    ...repeated('--namespace', options.namespaces ?? []),
  ];
}

/** The SDK says KEYWORD_LIST where the command line says KeywordList. */
function spelled(type: string): string {
  return type.toLowerCase().replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Ready means more than a listening port: the namespace is registered and described. */
async function answers(address: string): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: '1s' });
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    return true;
  } catch {
    return false;
  } finally {
    await connection?.close();
  }
}
