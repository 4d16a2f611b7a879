/** The workflow code as the worker loads it: bundled at each start, or once for many. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type WorkerOptions } from '@temporalio/worker';

const INTERCEPTORS = fileURLToPath(new URL('../workflows/runtime/interceptors.ts', import.meta.url));
const WORKFLOWS = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));

/** Evaluated once instead of once for each workflow: our modules hold no state (test/tidy.test.ts). */
const PRELOADED = [WORKFLOWS];

/** The part of a worker's options that says which workflow code it runs. */
export type WorkflowCode = Pick<WorkerOptions, 'workflowsPath' | 'workflowBundle' | 'bundlerOptions'> & {
  readonly workflowModules: string[];
};

/** The code that is here: from a bundle that was made of it before, else bundled now, which takes two seconds. */
export function workflowCode(bundle?: string): WorkflowCode {
  if (bundle !== undefined) return { workflowBundle: { codePath: bundle }, workflowModules: [] };
  return {
    workflowsPath: WORKFLOWS,
    workflowModules: [INTERCEPTORS],
    bundlerOptions: { preloadModules: PRELOADED },
  };
}

/** Bundles the workflow code that is here into one file. */
export async function bundleWorkflows(file: string): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: WORKFLOWS,
    workflowInterceptorModules: [INTERCEPTORS],
    preloadModules: PRELOADED,
    logger: new DefaultLogger('WARN'),
  });
  writeFileSync(file, code);
}
