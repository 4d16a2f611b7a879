/** The versions of our workers: which are there, which one gets new work, what is open on each. */
import type { Client } from '@temporalio/client';

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
/** The protocol's PINNED_OVERRIDE_BEHAVIOR_PINNED. */
const PINNED = 1;

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
