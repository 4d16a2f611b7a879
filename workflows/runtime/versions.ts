/** Which version of our workers carries a workflow on, where workers have versions: see docs/upgrades.md. */
import { setWorkflowOptions, type Workflow, workflowInfo } from '@temporalio/workflow';

/**
 * For what may last for days or for ever: its next step runs on whatever version is current then, so that it never
 * keeps an old version alive. Its code must replay old histories: guard what changes the order of steps by
 * `patched()`. Everything else stays on the version that it began with. Temporal refuses the word from a worker that
 * has no version.
 */
export function goesAlongWithNewVersions(workflow: Workflow): void {
  setWorkflowOptions(
    () =>
      workflowInfo().currentDeploymentVersion?.deploymentName ? { versioningBehavior: 'AUTO_UPGRADE' } : {},
    workflow,
  );
}
