/** A workflow that two people write to: what the first has written ends its wait. For a test of the order of steps. */
import { condition, defineUpdate, setHandler } from '@temporalio/workflow';
import { databaseSteps } from '../../workflows/runtime/proxies.ts';

/** Steps of the test's own; each ends when the test says so. */
export interface Steps {
  write(who: string): Promise<string>;
}

export const writing = defineUpdate<string, [string]>('writing');

/** Ends when both have written. */
export async function twoWriters(): Promise<string[]> {
  const { write } = databaseSteps<Steps>({ write: 'Written' });
  const written: string[] = [];
  setHandler(writing, async (who) => {
    written.push(await write(who));
    return who;
  });
  await condition(() => written.length > 0, '1 hour');
  await condition(() => written.length > 1, '2 hours');
  return written;
}
