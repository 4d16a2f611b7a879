/** The worker or the API as a process of its own, which a test can kill and start again. */
import path from 'node:path';
import { type Child, startChild } from '../../scripts/stack/child.ts';
import { signal, waitUntilGone } from '../../scripts/stack/processes.ts';
import { forget, watchOver } from '../../scripts/stack/watch-over.ts';
import { service } from './service.ts';

export interface ApplicationProcess {
  pid(): number;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again with the same environment, after a kill or a stop. */
  restart(): Promise<void>;
  /** Ends it as a deployment does, with SIGTERM. */
  stop(): Promise<void>;
}

/**
 * Starts `worker.ts` or `api/server.ts` and waits until it is ready; its log stands in `folder`. `root` is a changed
 * copy of the code.
 */
export async function applicationProcess(
  name: 'worker' | 'api',
  env: Readonly<Record<string, string>>,
  folder: string,
  root?: string,
): Promise<ApplicationProcess> {
  const file = name === 'worker' ? 'worker.ts' : 'api/server.ts';
  // Workers of the code as it is share a bundle; changed code has to make its own.
  const bundled = name === 'worker' && root === undefined && (await service<{ file: string }>('bundle')).file;
  const given = bundled ? { ...env, WORKER_WORKFLOW_BUNDLE: bundled } : env;
  const start = async (): Promise<Child> => {
    const child = await startChild({
      name,
      file,
      env: given,
      logFile: path.join(folder, `${name}.log`),
      onSpawn: watchOver,
      ...(root !== undefined && { root }),
    });
    return child;
  };
  let child = await start();
  return {
    pid: () => child.pid,
    kill: async () => {
      signal(child.pid, 'SIGKILL');
      await waitUntilGone(child.pid, 5_000);
      forget(child.pid);
    },
    restart: async () => {
      // One that was not killed after all would run on, and nobody would know of it.
      await child.stop();
      child = await start();
    },
    stop: async () => {
      await child.stop();
      forget(child.pid);
    },
  };
}
