/**
 * `npm run versions`: which versions of the workers there are, which one gets new work, and what is open on each;
 * docs/upgrades.md says when to do what.
 */
import { hostname } from 'node:os';
import { loadConfig } from '../config.ts';
import { openDatabase } from '../db/client.ts';
import { openWorkflowIds } from '../db/platform/open-lifecycle-queries.ts';
import { createTemporalClient } from '../temporal/client.ts';
import { moveLifecycles } from '../temporal/move-lifecycles.ts';
import { quietEngine } from '../temporal/replay.ts';
import { startSystemWorkflows } from '../temporal/system-workflows.ts';
import { countPinned, makeCurrent, readVersions, type WorkerVersion } from '../temporal/worker-versions.ts';

const HELP = `npm run versions                       every version, and what is open on it
npm run versions -- promote [BUILD]    BUILD gets new work from now on; this build without a name
npm run versions -- first              this build gets the work if no version has it yet
npm run versions -- move BUILD         what is pinned to BUILD goes on with this build, if it can`;

const say = (line: string) => process.stdout.write(`${line}\n`);
const [command = 'list', named, ...more] = process.argv.slice(2);
if (
  !['list', 'promote', 'first', 'move'].includes(command) ||
  more.length > 0 ||
  (command === 'move' && !named)
) {
  process.stderr.write(`${HELP}\n`);
  process.exit(2);
}
const config = loadConfig(process.env);
const here = thisVersion();
const client = await createTemporalClient(config);
try {
  if (command === 'promote') await promote({ ...here, buildId: named ?? here.buildId });
  else if (command === 'first') await promoteFirst();
  else if (command === 'move') await move({ ...here, buildId: named ?? '' });
  else await list();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await client.connection.close();
}

function thisVersion(): WorkerVersion {
  const { deploymentName, buildId } = config.worker;
  if (deploymentName !== undefined && buildId !== undefined) return { deploymentName, buildId };
  process.stderr.write('WORKER_DEPLOYMENT_NAME and WORKER_BUILD_ID are missing: workers have no versions.\n');
  process.exit(2);
}

async function list(): Promise<void> {
  const versions = await readVersions(client, here.deploymentName);
  if (versions.length === 0) say(`No worker of ${here.deploymentName} has started yet.`);
  const seemDrained = versions.some(({ isCurrent, pinned }) => !isCurrent && pinned === 0);
  // Whoever stops the workers of a version relies on this: what our rows call open is asked for one by one.
  const sure = seemDrained ? await pinnedByRows() : new Map<string, number>();
  for (const { buildId, isCurrent, pinned: found } of versions) {
    const pinned = Math.max(found, sure.get(buildId) ?? 0);
    const role = isCurrent ? 'current' : pinned > 0 ? 'draining' : 'drained: may be stopped';
    say(`${buildId.padEnd(42)} ${String(pinned).padStart(6)} pinned  ${role}`);
  }
}

async function pinnedByRows(): Promise<ReadonlyMap<string, number>> {
  const database = openDatabase({ url: config.database.url, applicationName: 'sluice-versions' });
  try {
    return await countPinned(client, here.deploymentName, await openWorkflowIds(database));
  } finally {
    await database.close();
  }
}

async function promote(version: WorkerVersion): Promise<void> {
  await makeCurrent(client, version, `versions@${hostname()}`);
  // Those that the new version has for the first time, and the set-up at the companies as it knows it.
  await startSystemWorkflows(client, config);
  say(`${version.buildId} is current.`);
}

async function promoteFirst(): Promise<void> {
  const current = (await readVersions(client, here.deploymentName)).find(({ isCurrent }) => isCurrent);
  if (current) say(`${current.buildId} is current, and stays so.`);
  else await promote(here);
}

async function move(from: WorkerVersion): Promise<void> {
  quietEngine();
  const { moved, refused } = await moveLifecycles(client, config.payload, { from, to: here });
  say(`${moved} moved from ${from.buildId} to ${here.buildId}.`);
  for (const { workflowId, reason } of refused) say(`${workflowId} stays: ${reason}`);
  if (refused.length > 0) process.exitCode = 1;
}
