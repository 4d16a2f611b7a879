/**
 * Loaded into each thread that runs workflows, before the SDK's own code: leaves out two things that the SDK
 * does for debugging and that cost more CPU than the workflows themselves (docs/performance.md has the figures).
 */
import v8 from 'node:v8';
import vm, { type Context, type RunningScriptOptions } from 'node:vm';

// Node: a script that runs with a timeout gets a watchdog, a new native thread for each of the several calls
// of every activation. Without it a workflow that never yields is not stopped after 5 seconds; its task times
// out at the server all the same, and our workflows have no loop that does not wait.
const runInContext = vm.Script.prototype.runInContext;
vm.Script.prototype.runInContext = function (
  this: vm.Script,
  context: Context,
  options?: RunningScriptOptions,
) {
  if (options?.timeout === undefined) return runInContext.call(this, context, options);
  const { timeout: _watchdog, ...rest } = options;
  return runInContext.call(this, context, rest);
};

// The SDK takes a stack trace, mapped back to the sources, of every promise that a workflow makes, for the
// Web UI's "Call Stack". Where it cannot hook promises it goes on without; the status card says more anyway.
v8.promiseHooks.createHook = () => {
  throw new Error('stack traces of promises are left out');
};
