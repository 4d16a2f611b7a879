/** Reads the broker's event streams: stores what comes, tells who waits for it, notices silence. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { findCursor, receiveBrokerEvents } from '../../db/platform/broker-event-queries.ts';
import type {
  BrokerEventsInput,
  BrokerEventsRound,
  BrokerStream,
} from '../../domain/platform/broker-events.ts';
import { Defect, Refused, Unavailable } from '../../domain/provider-error.ts';
import { withFailures } from '../failure.ts';
import type { ActivityPorts } from '../ports.ts';
import type { AlpacaEvent } from '../providers/alpaca/events.ts';
import { createAlpacaStream } from '../providers/alpaca/stream.ts';
import { toBrokerEventRow } from './broker-event-mapping.ts';
import { tellWorkflow } from './broker-event-signals.ts';
import { createEventBatches } from './event-batches.ts';
import { firstUlidAt, ulidBefore } from './ulid-time.ts';

export type BrokerEventPorts = Pick<ActivityPorts, 'database' | 'config' | 'temporal' | 'log' | 'stopping'>;

const BATCH_LIMIT = 200;
/**
 * The events of one journal come together, and mostly say what the answer to our request said already: a
 * moment later the deposit has used that answer, and nobody needs to be told (14 round trips instead of 18).
 */
const GATHER_MS = 100;
const HEARTBEAT_EVERY_MS = 2_000;
const RECONNECT_MS = { first: 100, longest: 10_000 } as const;

/** The reading of streams as an activity. */
export function createBrokerEventActivities(ports: BrokerEventPorts) {
  return withFailures({
    /**
     * Reads one stream for a round, connecting anew whenever the connection ends or goes silent. Its heartbeat
     * carries the cursor, for people; the cursor that counts is in Postgres, moved together with the events.
     */
    async readBrokerEvents({ stream, policy }: BrokerEventsInput): Promise<BrokerEventsRound> {
      const context = Context.current();
      const round = new AbortController();
      const over = setTimeout(() => round.abort(), policy.roundSeconds * 1000);
      const beat = setInterval(() => context.heartbeat({ cursor: state.cursor }), HEARTBEAT_EVERY_MS);
      const ended = AbortSignal.any([round.signal, context.cancellationSignal, ports.stopping]);
      const state: ReadState = { cursor: undefined, events: 0, connections: 0, mutes: 0 };
      try {
        await readUntil(ports, { stream, policy }, state, ended);
      } finally {
        clearTimeout(over);
        clearInterval(beat);
      }
      if (context.cancellationSignal.aborted) throw new CancelledFailure('the reader was told to stop');
      // A worker that stops hands the stream on: the attempt must not count as the round's end.
      if (ports.stopping.aborted) throw ApplicationFailure.retryable('this worker stops', 'WorkerStopping');
      return { events: state.events, connections: state.connections, mutes: state.mutes };
    },
  });
}

interface ReadState {
  cursor: string | undefined;
  events: number;
  connections: number;
  mutes: number;
}

/** Connects, reads, and connects again with growing pauses, until `ended`. */
async function readUntil(
  ports: BrokerEventPorts,
  { stream, policy }: BrokerEventsInput,
  state: ReadState,
  ended: AbortSignal,
): Promise<void> {
  let pauseMs: number = RECONNECT_MS.first;
  while (!ended.aborted) {
    const before = state.events;
    try {
      state.cursor = await findCursor(ports.database, stream);
      state.connections += 1;
      await readConnection(ports, { stream, policy }, state, ended);
    } catch (error) {
      // Wrong credentials, say: shown as the activity's last failure, and tried on, because somebody will mend it.
      if (error instanceof Defect || error instanceof Refused) {
        throw ApplicationFailure.retryable(error.message, error.name);
      }
      if (ended.aborted) return;
      if (error instanceof Unavailable && error.code === 'mute') state.mutes += 1;
      const { connections, mutes } = state;
      ports.log.warn(
        { stream, connections, mutes, error: (error as Error).message },
        'broker stream: connecting anew',
      );
    }
    if (state.events > before) pauseMs = RECONNECT_MS.first;
    await sleep(pauseMs, undefined, { signal: ended }).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, RECONNECT_MS.longest);
  }
}

/** One connection, from the cursor (and a little before it) until it ends. */
async function readConnection(
  ports: BrokerEventPorts,
  { stream, policy }: BrokerEventsInput,
  state: ReadState,
  ended: AbortSignal,
): Promise<void> {
  const broken = new AbortController();
  const batches = createEventBatches<AlpacaEvent>({
    limit: BATCH_LIMIT,
    gatherMs: GATHER_MS,
    store: (events) => storeBatch(ports, stream, events, state),
    onError: () => broken.abort(),
  });
  const since =
    state.cursor === undefined
      ? firstUlidAt(Date.now() - policy.firstLookBackSeconds * 1000)
      : ulidBefore(state.cursor, policy.overlapSeconds);
  try {
    await createAlpacaStream(ports.config.alpaca).readEvents({
      stream,
      since: { eventId: since },
      signal: AbortSignal.any([ended, broken.signal]),
      muteAfterMs: policy.muteAfterSeconds * 1000,
      onEvent: (event) => batches.push(event),
      onHeartbeat: () => undefined,
    });
  } finally {
    await batches.settled();
  }
}

/** Stores a batch in one round trip, then tells the workflows; whom we cannot reach, the sweep tells later. */
async function storeBatch(
  ports: BrokerEventPorts,
  stream: BrokerStream,
  events: readonly AlpacaEvent[],
  state: ReadState,
): Promise<void> {
  const rows = events.map(toBrokerEventRow).filter((row) => row !== undefined);
  if (rows.length < events.length) {
    ports.log.warn({ stream, skipped: events.length - rows.length }, 'broker events that we cannot read');
  }
  const newest = rows.reduce(
    (cursor, row) => (row.provider_event_id > cursor ? row.provider_event_id : cursor),
    state.cursor ?? '',
  );
  if (newest === '') return;
  const signals = await receiveBrokerEvents(ports.database, stream, newest, rows);
  state.cursor = newest;
  state.events += rows.length;
  const told = await Promise.allSettled(signals.map((signal) => tellWorkflow(ports, signal)));
  for (const outcome of told) {
    if (outcome.status === 'rejected') {
      ports.log.warn(
        { stream, error: (outcome.reason as Error).message },
        'a workflow could not be told; the sweep will',
      );
    }
  }
}

export type BrokerEventActivities = ReturnType<typeof createBrokerEventActivities>;
