/**
 * Finds a program that can run the Temporal dev server: installed, cached, downloaded or built from source.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  buildWithGo,
  cacheFolder,
  endWithUs,
  isProgram,
  keptProgram,
  onPath,
  type Progress,
} from './go-program.ts';
import { StackError } from './stack-error.ts';

/** The newest release of the CLI whose module `go install` accepts (later ones carry a local replacement). */
const CLI_VERSION = 'v1.5.1';
/** The program has about 100 MB; a network that forbids the download often drops packets without a word. */
const DOWNLOAD_TIMEOUT_MS = 180_000;
const DOWNLOAD_BEGINS_WITHIN_MS = 12_000;

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

const PROGRAM = `temporal-${CLI_VERSION}`;
const cachedProgram = () => keptProgram(PROGRAM);

function cached(): string | undefined {
  return isProgram(cachedProgram()) ? cachedProgram() : undefined;
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
  const packages = { [PROGRAM]: 'github.com/temporalio/cli/cmd/temporal' };
  await buildWithGo({ title: 'the Temporal dev server', version: CLI_VERSION, packages }, progress);
  return cachedProgram();
}
