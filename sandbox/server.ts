/** Runs the sandbox as a process of its own; prints one JSON line when it is ready. */
import { readSandboxOptions } from './config.ts';
import { startSandbox } from './sandbox.ts';

const sandbox = await startSandbox(readSandboxOptions(process.env));
process.stdout.write(`${JSON.stringify({ ready: true, ...sandbox.credentials })}\n`);

let stopping = false;
const stop = (): void => {
  if (stopping) return;
  stopping = true;
  sandbox.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  );
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
