/** Alpaca's event streams: however the bytes are cut, the same events arrive, and silence or loss is noticed. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import type { AlpacaEvent } from '../../activities/providers/alpaca/events.ts';
import { createSseParser, type SseItem } from '../../activities/providers/alpaca/sse.ts';
import { createAlpacaStream, type ReadEventsOptions } from '../../activities/providers/alpaca/stream.ts';

const ULID = '01HZX5Y0000000000000000001';
const journalEvent = (id: string, status = 'executed', description = 'dep-1') => ({
  event_id: id,
  at: '2026-01-15T18:24:10.123456789Z',
  journal_id: 'j-1',
  entry_type: 'JNLC',
  status_from: 'queued',
  status_to: status,
  description,
});

describe('the parser', () => {
  const parse = (pieces: Uint8Array[]): SseItem[] => {
    const parser = createSseParser();
    return pieces.flatMap((piece) => parser.push(piece));
  };

  test.each([
    ['LF', 'event: a\ndata: 1\ndata: 2\nid: 7\n\n'],
    ['CRLF', 'event: a\r\ndata: 1\r\ndata: 2\r\nid: 7\r\n\r\n'],
    ['CR', 'event: a\rdata: 1\rdata: 2\rid: 7\r\r'],
  ])('reads fields with %s line ends', (_name, text) => {
    expect(parse([Buffer.from(text)])).toEqual([{ kind: 'event', event: 'a', data: '1\n2', id: '7' }]);
  });

  test('gives comments at once and events only when they are complete', () => {
    expect(parse([Buffer.from(':heartbeat\ndata: half')])).toEqual([{ kind: 'comment', text: 'heartbeat' }]);
  });

  test('any cutting of the bytes gives the same items', () => {
    const line = fc.oneof(
      fc.string({ unit: 'grapheme' }).map((text) => `data: ${text.replaceAll(/[\r\n]/g, '')}`),
      fc.string({ unit: 'grapheme' }).map((text) => `:${text.replaceAll(/[\r\n]/g, '')}`),
      fc.constantFrom('', 'event: x', 'id: é😀', 'data', 'foo: bar'),
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 30 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.array(fc.nat(400), { maxLength: 20 }),
        (lines, end, cuts) => {
          const bytes = Buffer.from(`${lines.join(end)}${end}${end}`);
          const bounds = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort(
            (a, b) => a - b,
          );
          const pieces = bounds.slice(1).map((bound, index) => bytes.subarray(bounds[index], bound));
          expect(parse(pieces)).toEqual(parse([bytes]));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the reader', () => {
  let behave: (request: http.IncomingMessage, response: http.ServerResponse) => void;
  const seen: string[] = [];
  const server = http.createServer((request, response) => {
    seen.push(request.url ?? '');
    behave(request, response);
  });
  let baseUrl: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    seen.length = 0;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const read = (options: Partial<ReadEventsOptions> = {}) => {
    const events: AlpacaEvent[] = [];
    const ended = createAlpacaStream({ baseUrl, keyId: 'k', secretKey: 's' }).readEvents({
      stream: 'journals',
      since: null,
      signal: new AbortController().signal,
      onEvent: (event) => {
        events.push(event);
      },
      onHeartbeat: () => undefined,
      muteAfterMs: 5_000,
      ...options,
    });
    return { events, ended };
  };
  const stream = (response: http.ServerResponse) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' });
  const data = (body: unknown) => `data: ${JSON.stringify(body)}\n\n`;

  test('gives events in our words until the company ends the stream', async () => {
    behave = (_request, response) => {
      stream(response).write(': heartbeat\n\n');
      response.end(data(journalEvent(ULID)) + data(journalEvent(ULID, 'newly_invented')));
    };
    const { events, ended } = read();
    await expect(ended).resolves.toBe('ended');
    expect(events).toMatchObject([
      { kind: 'journal', eventId: ULID, journalId: 'j-1', outcome: 'succeeded', description: 'dep-1' },
      { kind: 'journal', providerState: 'newly_invented', outcome: 'unknown' },
    ]);
  });

  test('what is no event is handed on as unreadable, never dropped', async () => {
    behave = (_request, response) => stream(response).end(`data: {"half\n\n${data({ other: 1 })}`);
    const { events, ended } = read();
    await ended;
    expect(events.map(({ kind }) => kind)).toEqual(['unreadable', 'unreadable']);
  });

  test.each([
    ['journals', { eventId: ULID }, `/v2/events/journals/status?since_id=${ULID}`],
    ['accounts', { eventId: ULID }, `/v1/events/accounts/status?since_ulid=${ULID}`],
    [
      'funding',
      { at: '2026-01-15T18:24:10+02:00' },
      '/v2/events/funding/status?since=2026-01-15T18%3A24%3A10%2B02%3A00',
    ],
    ['trades', null, '/v2/events/trades'],
  ] as const)('the stream %s begins at %j', async (name, since, path) => {
    behave = (_request, response) => stream(response).end();
    await read({ stream: name, since }).ended;
    expect(seen).toEqual([path]);
  });

  test('silence is noticed', async () => {
    behave = (_request, response) => stream(response).write(': heartbeat\n\n');
    let signs = 0;
    const { ended } = read({
      muteAfterMs: 150,
      onHeartbeat: () => {
        signs += 1;
      },
    });
    await expect(ended).rejects.toMatchObject({ name: 'Unavailable', code: 'mute' });
    expect(signs).toBe(1);
  });

  test('an answer that never begins is silence, too', async () => {
    behave = () => undefined;
    await expect(read({ muteAfterMs: 150 }).ended).rejects.toMatchObject({
      name: 'Unavailable',
      code: 'mute',
    });
  });

  test('dropped messages are a gap: the reader must come again from its cursor', async () => {
    behave = (_request, response) =>
      stream(response).write(': you are reading too slowly, dropped 12 messages\n\n');
    await expect(read().ended).rejects.toMatchObject({ name: 'Unavailable', code: 'dropped_messages' });
  });

  test('a cut connection is Unavailable', async () => {
    behave = (request, response) => {
      stream(response).write(data(journalEvent(ULID)), () => request.socket.destroy());
    };
    const { events, ended } = read();
    await expect(ended).rejects.toMatchObject({ name: 'Unavailable' });
    expect(events).toHaveLength(1);
  });

  test.each([
    [401, 'Defect'],
    [404, 'Refused'],
    [429, 'Unavailable'],
    [500, 'Unavailable'],
  ])('the status %i is %s', async (status, name) => {
    behave = (_request, response) => response.writeHead(status).end('{"message":"no"}');
    await expect(read().ended).rejects.toMatchObject({ name, httpStatus: status });
  });

  test('the caller can stop it', async () => {
    behave = (_request, response) => stream(response).write(data(journalEvent(ULID)));
    const controller = new AbortController();
    const { ended } = read({ signal: controller.signal, onEvent: () => controller.abort() });
    await expect(ended).resolves.toBe('aborted');
  });

  test("the handler's own error passes unchanged", async () => {
    behave = (_request, response) => stream(response).write(data(journalEvent(ULID)));
    const own = new Error('ours');
    await expect(read({ onEvent: () => Promise.reject(own) }).ended).rejects.toBe(own);
  });
});
