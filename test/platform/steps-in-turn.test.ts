/** Two people write to one workflow in one moment: its history is understood by whoever takes it over. */
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { quietEngine } from '../../temporal/replay.ts';
import { testTemporal } from '../support/temporal.ts';
import { type Steps, twoWriters, writing } from '../support/two-writers.ts';

const at = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));
/** A workflow of the test's own, with what ours have in common. */
const code = {
  workflowsPath: at('support/two-writers.ts'),
  interceptors: { workflowModules: [at('../workflows/runtime/interceptors.ts')] },
};

test('what one writes moves the workflow on, with two results at once', async () => {
  quietEngine();
  const { address, namespace, taskQueue } = await testTemporal();
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  const native = await NativeConnection.connect({ address });
  const waiting: (() => void)[] = [];
  const activities: Steps = {
    // Both are done in the same moment, the second before the first, if ever two are written at once.
    write: async (who) => {
      await new Promise<void>((resolve) => {
        waiting.unshift(resolve);
        const freeAll = () => waiting.splice(0).forEach((free) => void free());
        if (waiting.length === 2) freeAll();
        else setTimeout(freeAll, 500);
      });
      return who;
    },
  };
  const create = () => Worker.create({ connection: native, namespace, taskQueue, activities, ...code });
  const handle = await client.workflow.start(twoWriters, { workflowId: taskQueue, taskQueue });
  await (await create()).runUntil(() => handle.query('__stack_trace'));
  // Both are there before anybody takes the workflow, so both come with one task.
  const both = [
    handle.executeUpdate(writing, { args: ['first'] }),
    handle.executeUpdate(writing, { args: ['second'] }),
  ];
  const history = await (await create()).runUntil(async () => {
    expect(await Promise.all(both)).toEqual(['first', 'second']);
    expect((await handle.result()).sort()).toEqual(['first', 'second']);
    return handle.fetchHistory();
  });
  await Promise.all([connection.close(), native.close()]);
  await Worker.runReplayHistory(code, history, taskQueue);
});
