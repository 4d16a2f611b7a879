/** Follows one of Alpaca's event streams until it ends, falls silent or is given up; reconnecting is the caller's. */
import { Unavailable } from '../../../domain/provider-error.ts';
import { AlpacaHttpError, toAlpacaError } from './errors.ts';
import { ALPACA_STREAMS, type AlpacaEvent, type AlpacaStreamName, toAlpacaEvent } from './events.ts';
import { basicAuthorization } from './http.ts';
import { createSseParser, type SseItem } from './sse.ts';

/** Where to begin: after an event that is known, at a time, or (null) with what happens from now on. */
type StreamStart = { readonly eventId: string } | { readonly at: string } | null;

export interface ReadEventsOptions {
  readonly stream: AlpacaStreamName;
  /** Alpaca includes the event of the cursor, and repeats events: count each `eventId` once. */
  readonly since: StreamStart;
  readonly signal: AbortSignal;
  /** Called for one event after the other; the next is read when the promise has resolved. */
  readonly onEvent: (event: AlpacaEvent) => Promise<void> | void;
  /** Called at every sign of life, events included: the place to heartbeat. */
  readonly onHeartbeat: () => void;
  /** Silence longer than this means that the connection is dead, whatever TCP believes. */
  readonly muteAfterMs: number;
}

/** Reads Alpaca's event streams. */
interface AlpacaStream {
  /**
   * Reads until the company ends the stream (`ended`) or `signal` fires (`aborted`).
   * @throws Unavailable when the stream was cut, fell silent or dropped messages: connect again from the last
   * event; Defect or Refused when Alpaca does not let us in; and whatever `onEvent` throws.
   */
  readEvents(options: ReadEventsOptions): Promise<'ended' | 'aborted'>;
}

const CALL = { provider: 'alpaca', operation: 'readEvents', kind: 'read' } as const;

/** The reader for one set of credentials. */
export function createAlpacaStream(config: {
  baseUrl: string;
  keyId: string;
  secretKey: string;
}): AlpacaStream {
  const base = config.baseUrl.replace(/\/+$/, '');
  const authorization = basicAuthorization(config.keyId, config.secretKey);
  return {
    readEvents: async (options) => {
      const silence = createSilence(options.muteAfterMs);
      const signal = AbortSignal.any([options.signal, silence.signal]);
      try {
        const headers = { authorization, accept: 'text/event-stream' };
        const url = base + pathOf(options);
        const response = await fromTransport(() => fetch(url, { headers, redirect: 'manual', signal }));
        if (!response.ok) {
          const text = await fromTransport(() => response.text());
          throw toAlpacaError(CALL, new AlpacaHttpError(response.status, readBody(text), response.headers));
        }
        await follow(response, options, silence.restart);
        return 'ended';
      } catch (error) {
        if (options.signal.aborted && error instanceof Unavailable) return 'aborted';
        if (silence.signal.aborted && error instanceof Unavailable) throw unavailable('mute');
        throw error;
      } finally {
        silence.stop();
      }
    },
  };
}

function pathOf({ stream, since }: ReadEventsOptions): string {
  const { path, cursor } = ALPACA_STREAMS[stream];
  if (since === null) return path;
  // URLSearchParams writes "+" as %2B, which Alpaca insists on for times with an offset.
  const query = 'eventId' in since ? { [cursor]: since.eventId } : { since: since.at };
  return `${path}?${new URLSearchParams(query)}`;
}

async function follow(response: Response, options: ReadEventsOptions, alive: () => void): Promise<void> {
  if (response.body === null) return;
  const parser = createSseParser();
  const reader = response.body.getReader();
  try {
    for (;;) {
      const piece = await fromTransport(() => reader.read());
      if (piece.done) return;
      alive();
      options.onHeartbeat();
      for (const item of parser.push(piece.value)) await deliver(item, options);
      // The handler's own time is not the company's silence.
      alive();
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function deliver(item: SseItem, { stream, signal, onEvent }: ReadEventsOptions): Promise<void> {
  if (signal.aborted) throw unavailable('aborted');
  if (item.kind === 'event') return onEvent(toAlpacaEvent(stream, item.data));
  // Alpaca: SSE comments. Both mean that events are missing, so reading on would hide the gap.
  if (/reading too slowly|dropped \d+ message/i.test(item.text)) throw unavailable('dropped_messages');
  if (/internal server error/i.test(item.text)) throw unavailable('internal_server_error');
}

/** Runs a step of the transport; the errors of the handlers do not pass here and stay what they are. */
async function fromTransport<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw toAlpacaError(CALL, error);
  }
}

function readBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function unavailable(code: string): Unavailable {
  return new Unavailable(`alpaca readEvents: ${code}`, { provider: 'alpaca', operation: 'readEvents', code });
}

/** A signal that fires when nobody has restarted it for `ms`. */
function createSilence(ms: number): { signal: AbortSignal; restart: () => void; stop: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  return { signal: controller.signal, restart: () => timer.refresh(), stop: () => clearTimeout(timer) };
}
