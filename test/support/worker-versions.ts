/** Workers of several versions on one stack, and what an operator does with them. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { createTemporalClient } from '../../temporal/client.ts';
import { readVersions } from '../../temporal/worker-versions.ts';
import { type ApplicationProcess, applicationProcess } from './application.ts';
import { type Change, changedCode } from './changed-code.ts';
import { runInWords } from './left-open.ts';
import type { TestStack } from './stack.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DEPLOYMENT = 'sluice-test';

/** Workers of one build, and the build's own commands. */
export interface Build {
  readonly worker: ApplicationProcess;
  /** Runs `npm run versions` as it comes with this build; answers what it says, and whether it went well. */
  versions(...words: string[]): Promise<{ said: string; ok: boolean }>;
}

export interface WorkerVersions {
  readonly temporal: Client;
  /** Starts a worker of that version: of the code as it is, or with changes. */
  build(buildId: string, changes?: readonly Change[]): Promise<Build>;
  /** Lifecycles that need workers of that version. */
  pinnedTo(buildId: string): Promise<number | undefined>;
  /** Workflows whose last step ran on that version: in that status, and of that type where one is given. */
  count(buildId: string, status: 'Running' | 'Completed', type?: string): Promise<number>;
  /** In words, those of these workflows whose last step did not run on that version. */
  elsewhere(workflowIds: readonly string[], buildId: string): Promise<string[]>;
  /** The version that ran the last step of a workflow. */
  usedBy(workflowId: string): Promise<string | null | undefined>;
  stop(): Promise<void>;
}

/** The environment of a version. */
export const versionOf = (buildId: string) => ({
  WORKER_DEPLOYMENT_NAME: DEPLOYMENT,
  WORKER_BUILD_ID: buildId,
});

/** For a stack that has started no worker of its own. */
export async function workerVersions(stack: TestStack): Promise<WorkerVersions> {
  const temporal = await createTemporalClient(stack.config);
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-versions-'));
  const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const usedBy = async (workflowId: string) => {
    const { raw } = await temporal.workflow.getHandle(workflowId).describe();
    return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId;
  };
  return {
    ...{ temporal, usedBy },
    build: async (buildId, changes) => {
      const code = changes && changedCode(changes);
      if (code) ends.unshift(code.remove);
      const env = { ...stack.env, ...versionOf(buildId) };
      const worker = await applicationProcess('worker', env, folder, code?.root);
      ends.unshift(worker.stop);
      return { worker, versions: (...words) => run(code?.root ?? ROOT, env, words) };
    },
    pinnedTo: async (buildId) =>
      (await readVersions(temporal, DEPLOYMENT)).find((one) => one.buildId === buildId)?.pinned,
    count: async (buildId, status, type) => {
      const ofType = type === undefined ? '' : ` AND WorkflowType = '${type}'`;
      const query = `TemporalWorkerDeploymentVersion = '${DEPLOYMENT}:${buildId}' AND ExecutionStatus = '${status}'`;
      return (await temporal.workflow.count(`${query}${ofType}`)).count;
    },
    elsewhere: async (workflowIds, buildId) => {
      const found: string[] = [];
      for (const id of workflowIds)
        if ((await usedBy(id)) !== buildId) found.push(await runInWords(temporal, id));
      return found;
    },
    stop: async () => {
      for (const end of ends) await end();
      await temporal.connection.close();
    },
  };
}

function run(
  cwd: string,
  env: Readonly<Record<string, string>>,
  words: readonly string[],
): Promise<{ said: string; ok: boolean }> {
  const options = { cwd, env: { ...process.env, ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, ['scripts/versions.ts', ...words], options, (error, said, complained) =>
      resolve({ said: said + complained, ok: error === null }),
    );
  });
}
