/** Today's workflows understand the histories of every case and every version that ever ran. */
import { randomBytes } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { quietEngine, replayOptions } from '../temporal/replay.ts';
import { WORKFLOWS } from '../workflows/contract.ts';
import { recordedHistories } from './support/recorded-history.ts';

const recorded = recordedHistories();

/** As the worker has them; the key is any key, because recorded payloads are plain. */
const options = replayOptions({ keys: new Map([['test', randomBytes(32)]]), activeKeyId: 'test' });

beforeAll(quietEngine);

test('every workflow has recorded histories', () => {
  const workflows = new Set([...recorded.keys()].map((name) => name.split('/')[0]));
  expect([...workflows].sort()).toEqual(Object.keys(WORKFLOWS).sort());
});

test('every recorded history replays', async () => {
  const histories = [...recorded].map(([name, one]) => ({ ...one, workflowId: `${one.workflowId} ${name}` }));
  const failed: string[] = [];
  let replayed = 0;
  for await (const { workflowId, error } of Worker.runReplayHistories(options, histories)) {
    replayed += 1;
    if (error) failed.push(`${workflowId}: ${error.message}`);
  }
  expect(failed).toEqual([]);
  expect(replayed).toBe(recorded.size);
});

test('steps in another order do not replay', async () => {
  const without = 'withdrawal/arrives-by-events-alone.';
  const [, happy] = [...recordedHistories()].find(([name]) => name.startsWith(without)) ?? [];
  if (!happy) throw new Error('there is no history of a withdrawal without trouble');
  const calls = happy.history.events.flatMap(
    ({ activityTaskScheduledEventAttributes: call }) => call?.activityType ?? [],
  );
  const [first, second] = calls;
  if (!first || !second) throw new Error('the withdrawal called nobody');
  [first.name, second.name] = [second.name ?? null, first.name ?? null];
  await expect(Worker.runReplayHistory(options, happy.history, happy.workflowId)).rejects.toThrow(
    DeterminismViolationError,
  );
});
