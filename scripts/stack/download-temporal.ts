/**
 * Run as a process: lets the SDK download the Temporal dev server into the given folder and prints its
 * path.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';

const folder = process.argv[2] ?? '.';
const environment = await TestWorkflowEnvironment.createLocal({
  server: { executable: { type: 'cached-download', downloadDir: folder } },
});
await environment.teardown();
const program = readdirSync(folder).find(
  (name) => name.startsWith('temporal') && !name.includes('downloading'),
);
if (program === undefined) throw new Error('The download left no program behind.');
process.stdout.write(`${path.join(folder, program)}\n`);
