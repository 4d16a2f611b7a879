/** Programs of other projects: found on PATH, or built once by Go and kept for all clones of this user. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { StackError } from './stack-error.ts';

const BUILD_TIMEOUT_MS = 15 * 60_000;
const PROGRESS_EVERY_MS = 5_000;

/** Tells a person what takes long; one sentence a call. */
export type Progress = (line: string) => void;

/** What `go install` builds together. */
export interface GoBuild {
  /** What people call it: "the Temporal dev server". */
  readonly title: string;
  readonly version: string;
  /** Go packages, without their version, by the name of the file that each is kept as. */
  readonly packages: Readonly<Record<string, string>>;
  /** Go's own word for which Go it takes (GOTOOLCHAIN), where the machine's setting shall not count. */
  readonly toolchain?: string;
}

/** The folder that keeps what was fetched or built once for all clones of this user. */
export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  return path.join(base, 'sluice');
}

/** Where a program of that name is kept. */
export const keptProgram = (name: string): string => path.join(cacheFolder(), name);

/** The program of that name on PATH. */
export function onPath(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const candidate = path.join(folder, name);
    // npm puts node_modules/.bin first; a `temporal` there would be a package of somebody else.
    if (path.isAbsolute(folder) && !folder.includes('node_modules') && isProgram(candidate)) return candidate;
  }
  return undefined;
}

/** Whether the file is there and may be run. */
export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return existsSync(file);
  } catch {
    return false;
  }
}

/**
 * Builds the packages with Go and keeps the programs.
 * @throws {StackError} with Go's last line; the caller has made sure that there is a `go`.
 */
export async function buildWithGo(build: GoBuild, progress: Progress): Promise<void> {
  const { title, version } = build;
  const folder = path.join(cacheFolder(), `build-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  progress(`Building ${title} ${version} with Go; this takes about two minutes, once.`);
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  const timer = setInterval(() => progress(`Still building ${title} (${seconds()} s).`), PROGRESS_EVERY_MS);
  try {
    await goInstall(folder, build);
    for (const [name, source] of Object.entries(build.packages))
      renameSync(path.join(folder, path.posix.basename(source)), keptProgram(name));
    const [what = '', ...rest] = title;
    progress(`${what.toUpperCase()}${rest.join('')} is built (${seconds()} s) and kept in ${cacheFolder()}.`);
  } finally {
    clearInterval(timer);
    rmSync(folder, { recursive: true, force: true });
  }
}

function goInstall(folder: string, { title, version, packages, toolchain }: GoBuild): Promise<void> {
  const modules = Object.values(packages).map((source) => `${source}@${version}`);
  const log = path.join(folder, 'go.log');
  return new Promise((resolve, reject) => {
    const script = `exec go install -ldflags '-s -w' ${modules.join(' ')} 2>"$GO_LOG"`;
    const child = spawn('sh', ['-c', script], {
      env: {
        ...process.env,
        ...{ GOBIN: folder, GO_LOG: log, GOFLAGS: '' },
        ...(toolchain && { GOTOOLCHAIN: toolchain }),
      },
      stdio: 'ignore',
      timeout: BUILD_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    endWithUs(child);
    child.once('error', reject);
    child.once('close', (code) => {
      const reason = existsSync(log) ? (readFileSync(log, 'utf8').trim().split('\n').at(-1) ?? '') : '';
      if (code === 0) resolve();
      else reject(new StackError(`Go could not build ${title} (${goVersion()}): ${reason || code}.`));
    });
  });
}

/** Ctrl-C while something is fetched or built ends that too. */
export function endWithUs(child: ChildProcess): void {
  const end = () => void child.kill();
  process.once('exit', end);
  child.once('close', () => process.off('exit', end));
}

function goVersion(): string {
  try {
    return execFileSync('go', ['version'], { encoding: 'utf8' }).trim();
  } catch {
    return 'go version unknown';
  }
}
