/** The first try of a call inside a workflow task is short, and not made while the company was silent just now. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createPromptTry, type PromptTry } from '../../activities/prompt-try.ts';
import { timeLeft, withinMs } from '../../activities/providers/deadline.ts';
import { Refused, Unavailable, Unclear } from '../../domain/provider-error.ts';

const NOON = Date.UTC(2026, 2, 10, 12);
const facts = { provider: 'circle', operation: 'createTransfer', code: 'ECONNRESET' } as const;
const silent = () => Promise.reject(new Unclear('no answer', facts));
const unwritten = async () => undefined;
const logger = new DefaultLogger('ERROR');

/** Runs the call as an activity that was scheduled so many seconds after noon. */
async function tryAt<T>(prompt: PromptTry, seconds: number, call: () => Promise<T>): Promise<T> {
  const info = { isLocal: true, currentAttemptScheduledTimestampMs: NOON + seconds * 1000 };
  const made = new MockActivityEnvironment(info, { logger }).run(() =>
    prompt('createTransfer', call, unwritten),
  );
  return (await (made as ReturnType<typeof prompt<T, undefined>>)).answer;
}

test('a company that answers is asked, with three seconds for the answer', async () => {
  const prompt = createPromptTry('circle');
  expect(await tryAt(prompt, 0, async () => timeLeft(20_000))).toBeLessThanOrEqual(3_000);
  expect(await tryAt(prompt, 0, async () => timeLeft(1_000))).toBe(1_000);
});

test.each([
  ['was silent', silent],
  ['was away', () => Promise.reject(new Unavailable('away', facts))],
])('after it %s it is left in peace for a while, and asked again then', async (_, failing) => {
  const prompt = createPromptTry('circle');
  await expect(tryAt(prompt, 0, failing)).rejects.toThrow();
  let asked = 0;
  const ask = async () => {
    asked += 1;
  };
  await expect(tryAt(prompt, 12, ask)).rejects.toMatchObject({ name: 'Unavailable', code: 'silent_lately' });
  expect(asked).toBe(0);
  await tryAt(prompt, 13, ask);
  expect(asked).toBe(1);
});

test('a clear no is an answer: the next one is asked at once', async () => {
  const prompt = createPromptTry('circle');
  await expect(tryAt(prompt, 0, () => Promise.reject(new Refused('no', facts)))).rejects.toThrow('no');
  expect(await tryAt(prompt, 1, async () => 'answer')).toBe('answer');
});

test('a regular activity asks whatever was before, and as long as the client likes', async () => {
  const prompt = createPromptTry('circle');
  await expect(tryAt(prompt, 0, silent)).rejects.toThrow();
  const regular = new MockActivityEnvironment({ isLocal: false }, { logger });
  const call = async () => timeLeft(20_000);
  const write = () => Promise.reject(new Error('not its business'));
  expect(await regular.run(() => prompt('createTransfer', call, write))).toEqual({ answer: 20_000 });
});

test.each([
  ['is written down with it', async (id: string) => `wrote ${id}`, { answer: 'id', written: 'wrote id' }],
  ['is kept where that does not work', () => Promise.reject(new Error('no database')), { answer: 'id' }],
])('what a company answers at once %s', async (_, write, expected) => {
  const local = new MockActivityEnvironment(
    { isLocal: true, currentAttemptScheduledTimestampMs: NOON },
    { logger },
  );
  const prompt = createPromptTry('circle');
  expect(await local.run(() => prompt('createTransfer', async () => 'id', write))).toEqual(expected);
});

test('a deadline that has passed leaves a call the shortest time there is', async () => {
  expect(await withinMs(-5, async () => timeLeft(20_000))).toBe(1);
});
