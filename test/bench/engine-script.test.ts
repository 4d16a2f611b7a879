/** What the engine variant of the benchmark reads from a deposit's history, and what it refuses to read. */
import type { PayloadCodec } from '@temporalio/common';
import { readScript, UnfitHistory } from '../../bench/engine/history-reader.ts';
import type { Step } from '../../bench/engine/script.ts';
import { recordedHistories } from '../support/recorded-history.ts';

/** Recorded histories hold their payloads in plain text. */
const PLAIN: PayloadCodec = { encode: async (payloads) => payloads, decode: async (payloads) => payloads };

function recorded(name: string) {
  const found = [...recordedHistories()].find(([file]) => file.startsWith(`deposit/${name}.`));
  if (!found) throw new Error(`no history of the case ${name} was recorded`);
  return found[1];
}

/** Steps that leave an event of their own in the history, by the name of that event's attributes. */
const LEAVES: Partial<Record<Step['kind'], string>> = {
  'local activity': 'markerRecordedEventAttributes',
  activity: 'activityTaskScheduledEventAttributes',
  answer: 'activityTaskCompletedEventAttributes',
  timer: 'timerStartedEventAttributes',
  'no timer': 'timerCanceledEventAttributes',
  attributes: 'upsertWorkflowSearchAttributesEventAttributes',
};

test('the script has a step for every event that a step leaves, and every signal', async () => {
  const { workflowId, history } = recorded('happy');
  const script = await readScript(workflowId, history, PLAIN);
  const holding = (attributes: string) =>
    history.events.filter((event) => event[attributes as keyof typeof event]).length;
  for (const [kind, attributes] of Object.entries(LEAVES))
    expect([kind, script.steps.filter((step) => step.kind === kind).length]).toEqual([
      kind,
      holding(attributes),
    ]);
  expect(script.signals).toHaveLength(holding('workflowExecutionSignaledEventAttributes'));
  expect(script.events).toBe(history.events.length);
  expect(script.result).toEqual({ status: 'broker_funded' });
  expect(workflowId).toBe(`deposit:${script.depositId}`);
});

test('every signal is sent before the first step that waits for it', async () => {
  const { workflowId, history } = recorded('happy');
  const { steps, signals } = await readScript(workflowId, history, PLAIN);
  expect(signals[0]?.after).toBe(-1);
  for (const [index, { after }] of signals.entries()) {
    const waits = steps.findIndex((step) => step.kind === 'signals' && step.count > index);
    expect(waits === -1 || after < waits).toBe(true);
  }
});

test('results and inputs are those of the recorded deposit', async () => {
  const { workflowId, history } = recorded('happy');
  const { steps } = await readScript(workflowId, history, PLAIN);
  const activities = steps.filter((step) => step.kind === 'activity');
  const names = history.events.flatMap(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name ?? [],
  );
  expect(activities.map(({ name }) => name)).toEqual(names);
  for (const { result, input } of activities) {
    expect(result).not.toBeNull();
    expect(input).toMatchObject({ deposit_id: workflowId.replace('deposit:', '') });
  }
  for (const step of steps) if (step.kind === 'local activity') expect(step.result).not.toBeNull();
});

test('a history with an event that no step can leave is refused', async () => {
  const { workflowId, history } = recorded('look-ups-instead-of-webhooks');
  await expect(readScript(workflowId, history, PLAIN)).rejects.toThrow(UnfitHistory);
});
