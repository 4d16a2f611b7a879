/** Starts the threads that run workflows with `workflow-thread.ts` in front of the SDK's own code. */
import threads, { type WorkerOptions } from 'node:worker_threads';

const PRELOAD = new URL('./workflow-thread.ts', import.meta.url).href;
const SDK_THREAD = /workflow-worker-thread\.js$/;
/**
 * Room for what a workflow makes and drops within an activation. With V8's default most of it outlives the first
 * collections and is copied twice, which was a third of the thread's CPU time (docs/performance.md).
 */
const YOUNG_GENERATION_MB = 96;

/** Call once, before the first `Worker.create`; the SDK has no option for what its threads load. */
export function trimWorkflowThreads(): void {
  const Thread = threads.Worker;
  threads.Worker = class extends Thread {
    constructor(file: string | URL, options: WorkerOptions = {}) {
      const execArgv = [...(options.execArgv ?? []), '--import', PRELOAD];
      const resourceLimits = { ...options.resourceLimits, maxYoungGenerationSizeMb: YOUNG_GENERATION_MB };
      super(file, SDK_THREAD.test(String(file)) ? { ...options, execArgv, resourceLimits } : options);
    }
  };
}
