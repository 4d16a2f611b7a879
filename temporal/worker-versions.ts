/** The versions of our workers: which are there, which one gets new work, what is open on each. */
import type { Client } from '@temporalio/client';
import { describeOpenRun } from './open-run.ts';

/** A version as Temporal knows it: the same for every worker of one build. */
export interface WorkerVersion {
  readonly deploymentName: string;
  readonly buildId: string;
}

/** A version and what hangs on it. */
export interface OpenOnVersion {
  readonly buildId: string;
  /** New lifecycles begin on it, and what goes along with new versions goes on there. */
  readonly isCurrent: boolean;
  /** Open lifecycles that need workers of this version: they end on it, or are moved. */
  readonly pinned: number;
}

const NOT_FOUND = 5;
/** The protocol's PINNED_OVERRIDE_BEHAVIOR_PINNED, and its VERSIONING_BEHAVIOR_PINNED. */
const PINNED = 1;
/** Workflows that the engine is asked about at once. */
const AT_ONCE = 20;

/** Every version that Temporal knows, the newest first. Counts are about a second old. */
export async function readVersions(client: Client, deploymentName: string): Promise<OpenOnVersion[]> {
  const { namespace } = client.options;
  const described = await client.workflowService
    .describeWorkerDeployment({ namespace, deploymentName })
    .catch((error: Error & { code?: number }) => {
      if (error.code === NOT_FOUND) return null;
      throw error;
    });
  const info = described?.workerDeploymentInfo;
  const current = info?.routingConfig?.currentDeploymentVersion?.buildId;
  const summaries = [...(info?.versionSummaries ?? [])].sort(
    (one, other) => Number(other.createTime?.seconds ?? 0) - Number(one.createTime?.seconds ?? 0),
  );
  const versions = summaries.map(({ deploymentVersion }) => deploymentVersion?.buildId ?? '');
  return Promise.all(
    versions.map(async (buildId) => {
      const { count } = await client.workflow.count(pinnedTo({ deploymentName, buildId }));
      return { buildId, isCurrent: buildId === current, pinned: count };
    }),
  );
}

/**
 * Those of the given workflows that run pinned, counted by their versions, as the engine itself has them: its search
 * may miss one for a while.
 *
 * @throws {ServiceError} when Temporal does not answer.
 */
export async function countPinned(
  client: Client,
  deploymentName: string,
  workflowIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const left = [...workflowIds];
  const look = async (): Promise<void> => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const buildId = await pinnedVersionOf(client, deploymentName, id);
      if (buildId !== undefined) counts.set(buildId, (counts.get(buildId) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, look));
  return counts;
}

/** The version that a workflow which runs is pinned to; undefined where there is none. */
async function pinnedVersionOf(
  client: Client,
  deploymentName: string,
  workflowId: string,
): Promise<string | undefined> {
  const run = await describeOpenRun(client, workflowId);
  const { behavior, deploymentVersion, versioningOverride } =
    run?.raw.workflowExecutionInfo?.versioningInfo ?? {};
  const version =
    versioningOverride?.pinned?.version ?? (behavior === PINNED ? deploymentVersion : undefined);
  return version?.deploymentName === deploymentName ? (version.buildId ?? undefined) : undefined;
}

/**
 * New lifecycles begin on this version from now on, and what goes along with new versions goes on there. Going back to
 * an older version is the same call.
 *
 * @throws {ServiceError} when Temporal knows no worker of that version, or one that lacks our task queue.
 */
export async function makeCurrent(
  client: Client,
  { deploymentName, buildId }: WorkerVersion,
  identity: string,
): Promise<void> {
  const { namespace } = client.options;
  await client.workflowService.setWorkerDeploymentCurrentVersion({
    ...{ namespace, deploymentName, buildId, identity },
  });
}

/** Sends an open lifecycle to workers of another version for the rest of its run. */
export async function pinTo(
  client: Client,
  version: WorkerVersion,
  execution: { readonly workflowId: string; readonly runId: string },
): Promise<void> {
  await client.workflowService.updateWorkflowExecutionOptions({
    namespace: client.options.namespace,
    workflowExecution: execution,
    workflowExecutionOptions: {
      versioningOverride: { pinned: { behavior: PINNED, version } },
    },
    updateMask: { paths: ['versioning_override'] },
  });
}

/** Finds the open lifecycles that need workers of that version. */
export function pinnedTo({ deploymentName, buildId }: WorkerVersion): string {
  return `BuildIds = 'pinned:${deploymentName}:${buildId}' AND ExecutionStatus = 'Running'`;
}
