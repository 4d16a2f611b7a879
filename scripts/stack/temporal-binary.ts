/**
 * Finds a program that can run the Temporal dev server: installed, cached, downloaded or built from source.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { StackError } from './stack-error.ts';

/** The newest release of the CLI whose module `go install` accepts (later ones carry a local replacement). */
const CLI_VERSION = 'v1.5.1';
/** The program has about 100 MB; a network that forbids the download often drops packets without a word. */
const DOWNLOAD_TIMEOUT_MS = 180_000;
const DOWNLOAD_BEGINS_WITHIN_MS = 12_000;
const BUILD_TIMEOUT_MS = 15 * 60_000;
const PROGRESS_EVERY_MS = 5_000;

/** Tells a person what takes long; one sentence a call. */
type Progress = (line: string) => void;

/**
 * The path of a `temporal` program, looked for in this order: on PATH, in the cache of an earlier run,
 * from the SDK's downloader, built by Go from its module (two minutes on two cores, once).
 *
 * @throws {StackError} saying what to install when none of the four ways works.
 */
export async function findTemporal(progress: Progress): Promise<string> {
  const known = onPath('temporal') ?? cached();
  if (known !== undefined) return known;
  progress(
    'Looking for the Temporal dev server: not on PATH and not in the cache, trying its download page.',
  );
  const downloaded = await download();
  if (downloaded !== undefined) return downloaded;
  return build(progress);
}

/** The folder that keeps what was fetched or built once for all clones of this user. */
function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  return path.join(base, 'sluice');
}

const cachedProgram = () => path.join(cacheFolder(), `temporal-${CLI_VERSION}`);

function cached(): string | undefined {
  return isProgram(cachedProgram()) ? cachedProgram() : undefined;
}

function onPath(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const candidate = path.join(folder, name);
    // npm puts node_modules/.bin first; a `temporal` there would be a package of somebody else.
    if (path.isAbsolute(folder) && !folder.includes('node_modules') && isProgram(candidate)) return candidate;
  }
  return undefined;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return existsSync(file);
  } catch {
    return false;
  }
}

/** The SDK's downloader in a process of its own, because it cannot be told to give up. */
function download(): Promise<string | undefined> {
  const script = fileURLToPath(new URL('download-temporal.ts', import.meta.url));
  const folder = path.join(cacheFolder(), `download-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'ignore'] });
    endWithUs(child);
    const timer = setTimeout(() => child.kill('SIGKILL'), DOWNLOAD_TIMEOUT_MS);
    const firstByte = setTimeout(() => {
      if (readdirSync(folder).length === 0) child.kill('SIGKILL');
    }, DOWNLOAD_BEGINS_WITHIN_MS);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      clearTimeout(firstByte);
      const file = said.trim().split('\n').at(-1) ?? '';
      const kept = code === 0 && isProgram(file) ? keep(file) : undefined;
      rmSync(folder, { recursive: true, force: true });
      resolve(kept);
    });
  });
}

/** Gives the downloaded file the name that the next start looks for. */
function keep(file: string): string {
  renameSync(file, cachedProgram());
  return cachedProgram();
}

async function build(progress: Progress): Promise<string> {
  if (onPath('go') === undefined) {
    throw new StackError(
      'The Temporal dev server is missing and could not be downloaded: install the `temporal` command ' +
        '(https://docs.temporal.io/cli), or Go so that it can be built, or name a running server with ' +
        'TEMPORAL_ADDRESS.',
    );
  }
  const folder = path.join(cacheFolder(), `build-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  progress(`Building the Temporal dev server ${CLI_VERSION} with Go; this takes about two minutes, once.`);
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  const timer = setInterval(
    () => progress(`Still building the Temporal dev server (${seconds()} s).`),
    PROGRESS_EVERY_MS,
  );
  try {
    await goInstall(folder);
    renameSync(path.join(folder, 'temporal'), cachedProgram());
    progress(`The Temporal dev server is built (${seconds()} s) and kept in ${cacheFolder()}.`);
    return cachedProgram();
  } finally {
    clearInterval(timer);
    rmSync(folder, { recursive: true, force: true });
  }
}

function goInstall(folder: string): Promise<void> {
  const module = `github.com/temporalio/cli/cmd/temporal@${CLI_VERSION}`;
  const log = path.join(folder, 'go.log');
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', `exec go install -ldflags '-s -w' ${module} 2>"$GO_LOG"`], {
      env: { ...process.env, GOBIN: folder, GO_LOG: log, GOFLAGS: '' },
      stdio: 'ignore',
      timeout: BUILD_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    endWithUs(child);
    child.once('error', reject);
    child.once('close', (code) => {
      const reason = existsSync(log) ? (readFileSync(log, 'utf8').trim().split('\n').at(-1) ?? '') : '';
      if (code === 0) resolve();
      else
        reject(
          new StackError(`Go could not build the Temporal dev server (${goVersion()}): ${reason || code}.`),
        );
    });
  });
}

/** Ctrl-C while something is fetched or built ends that too. */
function endWithUs(child: ChildProcess): void {
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
