/** Reads the script of the engine variant from a deposit's history. */
import type { Payload, PayloadCodec } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { recordIdOf } from '../../domain/ids.ts';
import type { Json, Script, ScriptedSignal, Step } from './script.ts';

type History = temporal.api.history.v1.IHistory;
type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Activity = Extract<Step, { readonly kind: 'activity' }>;

/** Thrown where a history holds something that the variant cannot do; another deposit may fit. */
export class UnfitHistory extends Error {
  override readonly name = 'UnfitHistory';
}

/** What the marker of a local activity says about it. */
interface LocalActivityData {
  readonly activity_type: string;
}

const MARKER = 'core_local_activity';
/** A deposit begins with its first signal. */
const FIRST = 1;

/**
 * Reads one history, event by event.
 *
 * A signal counts as caused by the last activity that had run before it: it is sent when that one runs. Where
 * the worker's answer is still on its way then, the server keeps the signal until the answer is written, so the
 * history becomes the same.
 *
 * @throws {UnfitHistory} where an event has no counterpart among the steps.
 */
export async function readScript(workflowId: string, history: History, codec: PayloadCodec): Promise<Script> {
  const reader = new HistoryReader(codec);
  for (const event of history.events ?? []) await reader.read(event);
  return reader.script(recordIdOf('deposit', workflowId), history.events?.length ?? 0);
}

class HistoryReader {
  readonly #codec: PayloadCodec;
  readonly #steps: Step[] = [{ kind: 'signals', count: FIRST }];
  readonly #signals: ScriptedSignal[] = [];
  readonly #scheduled = new Map<string, number>();
  #userId: string | null = null;
  #result: Json = null;
  /** The last step whose activity had run. */
  #ran = -1;
  /** Whether the workflow task that the commands belong to was caused by a signal and nothing else. */
  #bySignal = false;
  #news = { signal: false, other: false };

  constructor(codec: PayloadCodec) {
    this.#codec = codec;
  }

  script(depositId: string, events: number): Script {
    const [userId, steps, signals, result] = [this.#userId, this.#steps, this.#signals, this.#result];
    return { depositId, userId, steps, signals, result, events };
  }

  async read(event: HistoryEvent): Promise<void> {
    const started = event.workflowExecutionStartedEventAttributes;
    const signal = event.workflowExecutionSignaledEventAttributes;
    const answered = event.activityTaskCompletedEventAttributes;
    if (started) this.#userId = started.priority?.fairnessKey || null;
    else if (signal) await this.#signal(signal.input?.payloads);
    else if (answered) await this.#answer(String(answered.scheduledEventId), answered.result?.payloads);
    else if (event.workflowTaskCompletedEventAttributes) {
      this.#bySignal = this.#news.signal && !this.#news.other;
      this.#news = { signal: false, other: false };
    } else if (!isBookkeeping(event)) await this.#command(event);
  }

  async #command(event: HistoryEvent): Promise<void> {
    if (this.#bySignal && this.#signals.length > FIRST) {
      this.#steps.push({ kind: 'signals', count: this.#signals.length });
    }
    this.#bySignal = false;
    const canceled = event.timerCanceledEventAttributes;
    const marker = event.markerRecordedEventAttributes;
    const timer = event.timerStartedEventAttributes;
    const activity = event.activityTaskScheduledEventAttributes;
    const attributes = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
    const summary = String((await this.#one([event.userMetadata?.summary])) ?? '');
    if (marker?.markerName === MARKER && !marker.failure) {
      const data = (await this.#one(marker.details?.data?.payloads)) as unknown as LocalActivityData;
      const result = await this.#one(marker.details?.result?.payloads);
      this.#ran = this.#steps.push({ kind: 'local activity', name: data.activity_type, summary, result }) - 1;
    } else if (timer) {
      const [id, after] = [timer.timerId ?? '', milliseconds(timer.startToFireTimeout)];
      this.#steps.push({ kind: 'timer', id, milliseconds: after, summary });
    } else if (canceled) {
      this.#steps.push({ kind: 'no timer', id: canceled.timerId ?? '' });
    } else if (activity) {
      const step: Activity = {
        ...{ kind: 'activity', id: String(event.eventId), name: activity.activityType?.name ?? '', summary },
        giveUpAfterSeconds: milliseconds(activity.scheduleToCloseTimeout) / 1000,
        input: await this.#one(activity.input?.payloads),
        result: null,
      };
      this.#scheduled.set(step.id, this.#steps.push(step) - 1);
    } else if (attributes) {
      // No codec covers search attributes: the server reads them.
      const values = Object.entries(attributes).map(([name, value]) => ({ name, value: plain(value) }));
      this.#steps.push({ kind: 'attributes', values });
    } else if (event.workflowExecutionCompletedEventAttributes) {
      this.#result = await this.#one(event.workflowExecutionCompletedEventAttributes.result?.payloads);
    } else {
      throw new UnfitHistory(`the engine variant has no counterpart for event ${event.eventType}`);
    }
  }

  async #signal(payloads: Payloads): Promise<void> {
    const messages = await Promise.all((payloads ?? []).map((payload) => this.#one([payload])));
    const message = messages.pop() ?? null;
    this.#signals.push({ message, earlier: messages, after: this.#ran });
    this.#news.signal = true;
  }

  async #answer(id: string, payloads: Payloads): Promise<void> {
    const index = this.#scheduled.get(id);
    const step = index === undefined ? undefined : this.#steps[index];
    if (index === undefined || step?.kind !== 'activity')
      throw new UnfitHistory('an answer without activity');
    this.#steps[index] = { ...step, result: await this.#one(payloads) };
    this.#steps.push({ kind: 'answer', id });
    this.#ran = index;
    this.#news.other = true;
  }

  async #one(payloads: Payloads): Promise<Json> {
    const [first] = payloads ?? [];
    if (!first) return null;
    const [payload] = await this.#codec.decode([first as Payload]);
    return plain(payload as Payload);
  }
}

type Payloads = readonly (temporal.api.common.v1.IPayload | null | undefined)[] | null | undefined;

const plain = (payload: Payload | temporal.api.common.v1.IPayload): Json =>
  defaultPayloadConverter.fromPayload<Json>(payload as Payload) ?? null;

/** Events of the server's own: they come by themselves. */
function isBookkeeping(event: HistoryEvent): boolean {
  return Boolean(
    event.workflowTaskScheduledEventAttributes ||
      event.workflowTaskStartedEventAttributes ||
      event.activityTaskStartedEventAttributes,
  );
}

function milliseconds(duration: { seconds?: unknown; nanos?: number | null } | null | undefined): number {
  return Number(duration?.seconds ?? 0) * 1000 + Number(duration?.nanos ?? 0) / 1_000_000;
}
