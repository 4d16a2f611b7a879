/** Runs one transaction again and again on many connections: by pgbench, or by a loop of ours where there is none. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

/** Where Debian's packages put the programs of a Postgres server. */
const DEBIAN_FOLDER = '/usr/lib/postgresql';
const GRACE_MS = 60_000;

export interface Workload {
  /** Statements of one transaction; `:n` stands for a whole number that is drawn anew each time. */
  readonly statements: readonly string[];
  readonly from: number;
  readonly to: number;
}

export interface Repeated {
  readonly transactions: number;
  readonly perSecond: number;
}

export interface Repeater {
  readonly name: 'pgbench' | 'pg';
  run(databaseUrl: string, workload: Workload, clients: number, seconds: number): Promise<Repeated>;
}

/** pgbench of the PATH or of Debian's newest server package; else a loop on the same driver that the product uses. */
export function findRepeater(): Repeater {
  const program = findPgbench();
  if (program === undefined) return { name: 'pg', run: repeatByDriver };
  return {
    name: 'pgbench',
    run: (databaseUrl, workload, clients, seconds) =>
      repeatByPgbench(program, databaseUrl, workload, clients, seconds),
  };
}

function findPgbench(): string | undefined {
  const versions = existsSync(DEBIAN_FOLDER)
    ? readdirSync(DEBIAN_FOLDER).sort((a, b) => Number(b) - Number(a))
    : [];
  const folders = [
    ...(process.env.PATH ?? '').split(path.delimiter),
    ...versions.map((version) => path.join(DEBIAN_FOLDER, version, 'bin')),
  ];
  return folders.map((folder) => path.join(folder, 'pgbench')).find((file) => existsSync(file));
}

async function repeatByPgbench(
  program: string,
  databaseUrl: string,
  { statements, from, to }: Workload,
  clients: number,
  seconds: number,
): Promise<Repeated> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-pgbench-'));
  const script = path.join(folder, 'script.sql');
  writeFileSync(
    script,
    [`\\set n random(${from}, ${to})`, ...statements.map((one) => `${one};`), ''].join('\n'),
  );
  const url = new URL(databaseUrl);
  const args = [
    ...['--no-vacuum', '--protocol=prepared', '--jobs=2', `--client=${clients}`, `--time=${seconds}`],
    ...[`--file=${script}`, `--host=${url.hostname}`, `--port=${url.port}`, `--username=${url.username}`],
    url.pathname.slice(1),
  ];
  const env = { PATH: process.env.PATH, PGPASSWORD: decodeURIComponent(url.password) };
  try {
    const { stdout } = await promisify(execFile)(program, args, { env, timeout: seconds * 1000 + GRACE_MS });
    const figure = (pattern: RegExp) => Number(pattern.exec(stdout)?.[1] ?? Number.NaN);
    const failed = figure(/number of failed transactions: (\d+)/);
    if (failed > 0) throw new Error(`pgbench: ${failed} transactions failed`);
    return {
      transactions: figure(/transactions actually processed: (\d+)/),
      perSecond: figure(/tps = ([\d.]+) \(without/),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function repeatByDriver(
  databaseUrl: string,
  { statements, from, to }: Workload,
  clients: number,
  seconds: number,
): Promise<Repeated> {
  const texts = statements.map((text) => ({ text: text.replaceAll(':n', '$1'), takes: text.includes(':n') }));
  const connections = Array.from({ length: clients }, () => new pg.Client({ connectionString: databaseUrl }));
  await Promise.all(connections.map((connection) => connection.connect()));
  let transactions = 0;
  const began = performance.now();
  const one = async (connection: pg.Client): Promise<void> => {
    while (performance.now() - began < seconds * 1000) {
      const drawn = from + Math.floor(Math.random() * (to - from + 1));
      for (const [index, { text, takes }] of texts.entries())
        await connection.query({ name: `repeated-${index}`, text, values: takes ? [drawn] : [] });
      transactions += 1;
    }
  };
  try {
    await Promise.all(connections.map(one));
    return { transactions, perSecond: transactions / ((performance.now() - began) / 1000) };
  } finally {
    await Promise.all(connections.map((connection) => connection.end()));
  }
}
