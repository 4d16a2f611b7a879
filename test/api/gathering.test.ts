/** Signals that are held back for a moment, and what they go together with. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type GatheredSignal, gatherSignals } from '../../api/webhooks/gathering.ts';

const HOLD_MS = 40;

/** Circle's word about a transfer, for the deposit of that number. */
function word(deposit: number, state: string, event: string) {
  const message = { source: 'circle.inbound', state, event_id: event };
  return { workflow_id: `deposit:${deposit}`, user_id: 'user', message };
}

/** What was sent: by event, those that went along first. */
function gathering(holdMs = HOLD_MS) {
  const sent: string[][] = [];
  const send = async ({ earlier = [], message, reopens = true }: GatheredSignal) =>
    void sent.push([...earlier, message].map(({ event_id }) => (reopens ? event_id : `late ${event_id}`)));
  return { ...gatherSignals(send, holdMs), sent };
}

test('a word on the way goes together with the one that follows', async () => {
  const { tell, sent } = gathering();
  await tell(word(1, 'queued', 'a'));
  await tell(word(1, 'confirmed', 'b'));
  expect(sent).toEqual([]);
  await tell(word(1, 'complete', 'c'));
  expect(sent).toEqual([['a', 'b', 'c']]);
  await sleep(2 * HOLD_MS);
  expect(sent).toHaveLength(1);
});

test('one that nothing follows goes by itself after a moment', async () => {
  const { tell, sent } = gathering();
  await tell(word(1, 'confirmed', 'a'));
  await tell(word(1, 'confirmed', 'b'));
  await sleep(2 * HOLD_MS);
  expect(sent).toEqual([['late a', 'late b']]);
  await tell(word(1, 'complete', 'c'));
  expect(sent).toEqual([['late a', 'late b'], ['c']]);
});

test('nobody waits for the word of another deposit, and nothing that is settled waits', async () => {
  const { tell, sent } = gathering();
  await tell(word(1, 'confirmed', 'a'));
  await tell(word(2, 'failed', 'b'));
  await tell({
    workflow_id: 'deposit:3',
    user_id: null,
    message: { source: 'mint.transfer', state: 'complete', event_id: 'c' },
  });
  expect(sent).toEqual([['b'], ['c']]);
});

test('what is held back is sent when the process ends', async () => {
  const { tell, flush, sent } = gathering();
  await tell(word(1, 'confirmed', 'a'));
  await tell(word(2, 'confirmed', 'b'));
  await flush();
  expect(sent).toEqual([['late a'], ['late b']]);
});

test('with no time to hold, every word goes at once', async () => {
  const { tell, sent } = gathering(0);
  await tell(word(1, 'confirmed', 'a'));
  expect(sent).toEqual([['a']]);
});
