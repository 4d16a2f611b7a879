/** Server-sent events (WHATWG HTML, section 9.2) of one lifecycle, resumable by Last-Event-ID. */
import type { Request, Response } from 'express';
import { ProblemError } from './problem.ts';
import type { Reply } from './route.ts';

interface StreamedEvent {
  readonly id: string;
  readonly data: unknown;
}

/** Events after an id, and whether nothing more will come. */
type Follow = (
  afterId: string,
) => Promise<{ readonly events: readonly StreamedEvent[]; readonly ended: boolean }>;

const POLL_MS = 500;
const HEARTBEAT_MS = 15_000;
/** A stream ends after this long; the client goes on with Last-Event-ID and a fresh token. */
const LONGEST_MS = 15 * 60_000;
/** Streams that one user may hold open at one process. */
const MAX_STREAMS = 20;
const openStreams = new Map<string, number>();

const EVENT_ID = /^\d{1,18}$/;

/**
 * Streams events until the lifecycle is final, the client leaves, or the longest time has passed.
 * @throws {ProblemError} validation_failed for a Last-Event-ID that is not ours, rate_limited for too many streams of
 * one user, and what `follow` throws at first.
 */
export async function streamEvents(
  request: Request,
  response: Response,
  of: { readonly name: string; readonly userId: string; readonly stopping?: AbortSignal | undefined },
  follow: Follow,
): Promise<Reply> {
  const resumed = request.get('last-event-id');
  const lastId = resumed === undefined || resumed === '' ? '0' : resumed;
  if (!EVENT_ID.test(lastId)) {
    throw new ProblemError('validation_failed', 'Not valid: Last-Event-ID.', {
      errors: [
        { in: 'header', pointer: '/Last-Event-ID', detail: 'This is not an event id of this stream.' },
      ],
    });
  }
  const found = await follow(lastId);
  if (found.ended && found.events.length === 0) return { status: 204 };
  if (request.method === 'HEAD') return { status: 200, contentType: 'text/event-stream', text: '' };
  const streams = openStreams.get(of.userId) ?? 0;
  if (streams >= MAX_STREAMS) {
    throw new ProblemError('rate_limited', `At most ${MAX_STREAMS} streams at a time.`, {
      retryAfterSeconds: 5,
    });
  }
  openStreams.set(of.userId, streams + 1);
  try {
    await write(response, of, lastId, found, follow);
  } finally {
    const left = (openStreams.get(of.userId) ?? 1) - 1;
    if (left > 0) openStreams.set(of.userId, left);
    else openStreams.delete(of.userId);
  }
  return { status: 200, streamed: true };
}

/** Writes what was found, then what comes, until the end. */
async function write(
  response: Response,
  { name, stopping }: { readonly name: string; readonly stopping?: AbortSignal | undefined },
  resumedAfter: string,
  first: Awaited<ReturnType<Follow>>,
  follow: Follow,
): Promise<void> {
  open(response);
  const startedAt = Date.now();
  let [lastId, found, heardAt] = [resumedAfter, first, startedAt];
  while (!response.destroyed) {
    for (const event of found.events) {
      response.write(`id: ${event.id}\nevent: ${name}\ndata: ${JSON.stringify(event.data)}\n\n`);
      lastId = event.id;
      heardAt = Date.now();
    }
    if (found.ended || stopping?.aborted || Date.now() - startedAt > LONGEST_MS) break;
    if (Date.now() - heardAt >= HEARTBEAT_MS) {
      response.write(': still here\n\n');
      heardAt = Date.now();
    }
    await pause(response, POLL_MS);
    if (!response.destroyed && !stopping?.aborted) found = await follow(lastId);
  }
  response.end();
}

function open(response: Response): void {
  response.status(200);
  response.set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
  response.write('retry: 2000\n\n');
}

/** Waits, but not for a client that has left. */
function pause(response: Response, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      response.off('close', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    response.once('close', done);
  });
}
