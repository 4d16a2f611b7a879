/** Server-sent events: readers follow the durable log from their own cursor, replay and live alike. */
import type { ServerResponse } from 'node:http';
import { EVENT_FAULTS, type Fault } from '../kernel/faults.ts';
import { Refusal, type Route, type SandboxRequest } from '../kernel/http.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { readCursor } from './event-cursor.ts';
import type { EventLog, LoggedEvent, StreamName } from './event-log.ts';
import { problemBody, refused } from './problem.ts';
import { firstUlidAt } from './ulid.ts';

interface Reader {
  stream: StreamName;
  response: ServerResponse;
  cursor: string;
  through: string | undefined;
  only: string | null;
  isMuted: boolean;
  /** True while the connection cannot take more; the reader goes on at `drain`. */
  isFull: boolean;
  render: (event: LoggedEvent) => Record<string, unknown>;
}

const PAGE = 200;
const DELAY_MS = 150;
const STREAM_FAULTS = [...EVENT_FAULTS, 'mute', 'disconnect'];

/** The shape of the newer streams: the ULID is the event's id. */
export function renderUlid(event: LoggedEvent): Record<string, unknown> {
  return { event_id: event.ulid, at: event.at, ...event.data };
}

/** The shape of the older streams: an integer id with the ULID beside it. */
export function renderNumber(event: LoggedEvent): Record<string, unknown> {
  return { event_id: event.number, event_ulid: event.ulid, at: event.at, ...event.data };
}

/** Writes a comment line, which clients skip. */
function comment(reader: Reader, text: string): void {
  if (!reader.isMuted) reader.response.write(`: ${text}\n\n`);
}

/** Sends what the log holds behind a reader's cursor, in order, as far as the connection takes it. */
function createReaders(kernel: Kernel, log: EventLog) {
  const readers = new Set<Reader>();
  const plans = new Map<string, Fault>();
  let isAwake = false;

  const write = (reader: Reader, event: LoggedEvent): void => {
    if (reader.isMuted || reader.response.destroyed) return;
    const frame = `data: ${JSON.stringify(reader.render(event))}\n\n`;
    if (!reader.response.write(frame) && !reader.isFull) {
      reader.isFull = true;
      reader.response.once('drain', () => {
        reader.isFull = false;
        drain(reader);
      });
    }
  };
  const deliver = (reader: Reader, event: LoggedEvent): void => {
    if (reader.only && reader.only !== event.subject) return;
    const fault = plans.get(event.ulid);
    switch (fault?.kind) {
      case 'drop_event':
        // Lost in silence, unless the fault says that the company owns up to it.
        if (fault.details?.notice) comment(reader, 'you are reading too slowly, dropped 1 messages');
        return;
      case 'delay_event':
      case 'reorder_events':
        setTimeout(() => write(reader, event), fault.delay_ms ?? DELAY_MS).unref();
        return;
      case 'forge_event':
        // A stream carries no signature, so the forgery is an event about something that does not exist.
        write(reader, { ...event, data: { ...event.data, ...fault.details } });
        break;
      case 'duplicate_event':
        write(reader, event);
        break;
      case 'mute':
        reader.isMuted = true;
        return;
      case 'disconnect':
        // What was written before still leaves; the connection is cut behind it.
        reader.isMuted = true;
        setImmediate(() => reader.response.destroy());
        return;
    }
    write(reader, event);
  };
  const drain = (reader: Reader): void => {
    while (!reader.isFull && !reader.response.destroyed) {
      const throughUlid = reader.through ?? 'Z'.repeat(26);
      const page = log.read({ stream: reader.stream, afterUlid: reader.cursor, throughUlid, limit: PAGE });
      for (const event of page) {
        reader.cursor = event.ulid;
        deliver(reader, event);
      }
      if (page.length === PAGE) continue;
      if (reader.through && firstUlidAt(kernel.clock.millis()) > reader.through) reader.response.end();
      return;
    }
  };
  log.onAppend((event) => {
    if (![...readers].some((reader) => reader.stream === event.stream)) return;
    const fault = kernel.faults.take('alpaca', `alpaca.event.${event.stream}`, event.data, STREAM_FAULTS);
    if (fault) plans.set(event.ulid, fault);
    if (isAwake) return;
    isAwake = true;
    setImmediate(() => {
      isAwake = false;
      for (const reader of readers) drain(reader);
      plans.clear();
    });
  });
  return { readers, drain };
}

export interface StreamOptions {
  path: string;
  operation: string;
  stream: StreamName;
  render: (event: LoggedEvent) => Record<string, unknown>;
}

export interface EventStreams {
  route: (options: StreamOptions) => Route;
  /** Cuts the open connections of one stream, or of all; returns how many. */
  disconnect: (stream?: string) => number;
  /** Silences the open connections of one stream, or of all, while they stay open; returns how many. */
  mute: (stream?: string) => number;
}

/**
 * Makes the routes of the event streams. Alpaca: Events API. Heartbeats are comment lines every
 * `alpaca.heartbeat_ms`; outcome fault `mute` keeps a connection open and silent, `disconnect` cuts it.
 */
export function createEventStreams(
  kernel: Kernel,
  log: EventLog,
  headers: () => Record<string, string>,
): EventStreams {
  kernel.settings.define('alpaca.heartbeat_ms', 10_000, 1_000);
  const { readers, drain } = createReaders(kernel, log);

  const open = (options: StreamOptions, request: SandboxRequest, response: ServerResponse): void => {
    const { stream, render, operation } = options;
    const common = { 'x-request-id': request.requestId, ...headers() };
    let cursor: ReturnType<typeof readCursor>;
    try {
      cursor = readCursor(log, stream, request.query);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      response.writeHead(error.reply.status, { 'content-type': 'application/json', ...common });
      response.end(JSON.stringify(error.reply.body));
      return;
    }
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      ...common,
    });
    response.flushHeaders();
    const mute = kernel.faults.take('alpaca', operation, Object.fromEntries(request.query), ['mute']);
    const reader: Reader = {
      stream,
      response,
      render,
      cursor: cursor.afterUlid ?? log.newest(),
      through: cursor.throughUlid,
      only: request.query.get('id'),
      isMuted: mute !== undefined,
      isFull: false,
    };
    readers.add(reader);
    const beat = setInterval(() => {
      if (!reader.isMuted) response.write(':heartbeat\n\n');
      drain(reader);
    }, kernel.settings.number('alpaca.heartbeat_ms'));
    beat.unref();
    response.on('close', () => {
      clearInterval(beat);
      readers.delete(reader);
    });
    // An immediate sign of life lets a client tell a quiet stream from one that never answered.
    comment(reader, 'connected');
    drain(reader);
  };

  const readersOf = (stream: string | undefined): Reader[] =>
    [...readers].filter((reader) => stream === undefined || reader.stream === stream);
  return {
    route: (options) => ({
      method: 'GET',
      path: options.path,
      operation: options.operation,
      handle: () => ({ status: 500, body: problemBody(500, 'internal error') }),
      stream: (request, response) => open(options, request, response),
    }),
    disconnect(stream) {
      const found = readersOf(stream);
      for (const reader of found) reader.response.destroy();
      return found.length;
    },
    mute(stream) {
      const found = readersOf(stream);
      for (const reader of found) reader.isMuted = true;
      return found.length;
    },
  };
}

/** A stream that is no longer served. Alpaca: 410 for partners that did not use it before. */
export function goneStream(path: string, operation: string, successor: string): Route {
  return {
    method: 'GET',
    path,
    operation,
    handle: () => {
      throw refused(410, `this endpoint is not available, use ${successor}`);
    },
  };
}
