/** Loads our workflows and activities with the simulation's engine in the place of Temporal's own packages. */
import { registerHooks } from 'node:module';

const STAND_IN = new URL('./temporal.ts', import.meta.url).href;
const REPLACED = new Set(['@temporalio/workflow', '@temporalio/activity']);

/** From now on every import of Temporal's workflow and activity packages leads to the engine. */
export function standInForTemporal(): void {
  registerHooks({
    resolve: (specifier, context, next) =>
      REPLACED.has(specifier) ? { url: STAND_IN, shortCircuit: true } : next(specifier, context),
  });
}
