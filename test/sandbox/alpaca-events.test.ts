/**
 * Event streams of the sandbox's Alpaca: replay, cursors, order, heartbeats, and everything that can go
 * wrong.
 */
import {
  eventually,
  type Json,
  readStream,
  type StreamReader,
  startWorld,
  type World,
} from './alpaca-world.ts';

let world: World;
let customer: string;
const open: StreamReader[] = [];

const JOURNALS = '/v2/events/journals/status';
const FUNDING = '/v2/events/funding/status';
const ACCOUNTS = '/v1/events/accounts/status';
const LONG_AGO = '2020-01-01T00:00:00Z';

beforeAll(async () => {
  world = await startWorld();
  await world.fundFirm('5000');
  customer = await world.activeAccount();
});

afterEach(async () => {
  for (const reader of open.splice(0)) reader.close();
  await world.control('DELETE', '/control/faults');
});

afterAll(async () => {
  await world.sandbox.stop();
});

async function follow(path: string): Promise<StreamReader> {
  const reader = await readStream(world, path);
  open.push(reader);
  return reader;
}

async function move(amount = '1'): Promise<string> {
  const parties = { from_account: world.firmId, to_account: customer };
  const { body } = await world.call('POST', '/v1/journals', { entry_type: 'JNLC', ...parties, amount });
  return String(body.id);
}

function of(reader: StreamReader, journalId: string): Json[] {
  return reader.events.filter((event) => event.journal_id === journalId);
}

function statuses(reader: StreamReader, journalId: string): unknown[] {
  return of(reader, journalId).map((event) => event.status_to);
}

function fault(kind: string, more: Json = {}) {
  return world.control('POST', '/control/faults', {
    company: 'alpaca',
    operation: 'alpaca.event.journals',
    kind,
    count: 1,
    ...more,
  });
}

async function ended(path: string): Promise<Json[]> {
  const reader = await follow(path);
  await reader.ended;
  return reader.events;
}

describe('the journal stream', () => {
  test('without a cursor tells only what happens from now on', async () => {
    const before = await move();
    const reader = await follow(JOURNALS);
    const after = await move();
    await eventually(async () => of(reader, after).length === 3);
    expect(of(reader, before)).toEqual([]);
    expect(statuses(reader, after)).toEqual(['queued', 'executed', 'activity_created']);
    expect(of(reader, after)[1]).toMatchObject({
      journal_id: after,
      entry_type: 'JNLC',
      status_from: 'queued',
      status_to: 'executed',
      event_id: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
  });

  test('replays from a time, then goes on live without a gap', async () => {
    const before = await move();
    const reader = await follow(`${JOURNALS}?since=${LONG_AGO}`);
    const after = await move();
    await eventually(async () => of(reader, after).length === 3);
    expect(of(reader, before)).toHaveLength(3);
    const ids = reader.events.map((event) => String(event.event_id));
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('replays from an event id, that event included', async () => {
    const id = await move();
    const all = await ended(`${JOURNALS}?since=${LONG_AGO}&until=${world.sandbox.kernel.clock.iso()}`);
    const middle = all.findIndex((event) => event.journal_id === id && event.status_to === 'executed');
    const cursor = all[middle]?.event_id;
    const last = all.at(-1)?.event_id;
    const again = await ended(`${JOURNALS}?since_id=${cursor}&until_id=${last}`);
    expect(again).toEqual(all.slice(middle));
  });

  test('ends with 200 when `until` is reached', async () => {
    await move();
    const reader = await follow(`${JOURNALS}?since=${LONG_AGO}&until=2020-02-01T00:00:00Z`);
    await reader.ended;
    expect(reader.status).toBe(200);
    expect(reader.events).toEqual([]);
  });

  test('serves several readers, each from its own cursor', async () => {
    const [first, second] = await Promise.all([follow(JOURNALS), follow(`${JOURNALS}?since=${LONG_AGO}`)]);
    const id = await move();
    await eventually(async () => of(first, id).length === 3 && of(second, id).length === 3);
    expect(second.events.length).toBeGreaterThan(first.events.length);
  });

  test('can be narrowed to one journal', async () => {
    const id = await move();
    await move();
    const now = encodeURIComponent(world.sandbox.kernel.clock.iso());
    const events = await ended(`${JOURNALS}?since=${LONG_AGO}&until=${now}&id=${id}`);
    expect(events.map((event) => event.journal_id)).toEqual([id, id, id]);
  });

  test.each([
    ['two lower bounds', 'since=2024-01-01&since_id=01HCMJK2ZKCPTYXMJYS66T0QJJ'],
    ['an upper bound alone', 'until=2024-01-01'],
    ['bounds of two kinds', 'since=2024-01-01&until_id=01HCMJK2ZKCPTYXMJYS66T0QJJ'],
    ['a broken id', 'since_id=nonsense'],
    ['a plus sign that was not encoded', 'since=2024-01-01T00:00:00+01:00'],
  ])('with %s is 400', async (_case, query) => {
    const answer = await world.call('GET', `${JOURNALS}?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 40010000 } });
  });

  test('needs credentials', async () => {
    expect((await world.call('GET', JOURNALS, undefined, { authorization: 'Basic eDp5' })).status).toBe(401);
  });

  test('sends heartbeats while nothing happens', async () => {
    await world.control('PATCH', '/control/settings', { 'alpaca.heartbeat_ms': 20 });
    const reader = await follow(JOURNALS);
    await eventually(async () => reader.comments.includes('heartbeat'));
    await world.control('PATCH', '/control/settings', { 'alpaca.heartbeat_ms': 1_000 });
  });
});

describe('faults of a stream', () => {
  test('`duplicate_event` sends the same event twice', async () => {
    const reader = await follow(JOURNALS);
    await fault('duplicate_event', { match: { status_to: 'executed' } });
    const id = await move();
    await eventually(async () => of(reader, id).length === 4);
    expect(statuses(reader, id)).toEqual(['queued', 'executed', 'executed', 'activity_created']);
  });

  test('`drop_event` loses an event that a replay still shows', async () => {
    const reader = await follow(JOURNALS);
    await fault('drop_event', { match: { status_to: 'executed' }, details: { notice: true } });
    const id = await move();
    await eventually(async () => of(reader, id).length === 2);
    expect(statuses(reader, id)).toEqual(['queued', 'activity_created']);
    expect(reader.comments).toContainEqual(expect.stringContaining('reading too slowly'));
    const replay = await follow(`${JOURNALS}?since=${LONG_AGO}`);
    await eventually(async () => of(replay, id).length === 3);
  });

  test('`reorder_events` lets later events overtake', async () => {
    const reader = await follow(JOURNALS);
    await fault('reorder_events', { match: { status_to: 'queued' }, delay_ms: 50 });
    const id = await move();
    await eventually(async () => of(reader, id).length === 3);
    expect(statuses(reader, id)).toEqual(['executed', 'activity_created', 'queued']);
  });

  test('`mute` keeps the connection open and silent, heartbeats included', async () => {
    await world.control('PATCH', '/control/settings', { 'alpaca.heartbeat_ms': 20 });
    await fault('mute', { operation: 'alpaca.streamJournals' });
    const [silent, lively] = [await follow(JOURNALS), await follow(JOURNALS)];
    const id = await move();
    await eventually(async () => of(lively, id).length === 3 && lively.comments.includes('heartbeat'));
    expect(silent.events).toEqual([]);
    expect(silent.comments).toEqual([]);
    await world.control('PATCH', '/control/settings', { 'alpaca.heartbeat_ms': 1_000 });
  });

  test('`disconnect` cuts the connection, and the cursor finds what was missed', async () => {
    const reader = await follow(JOURNALS);
    await fault('disconnect', { match: { status_to: 'executed' } });
    const id = await move();
    await reader.ended;
    expect(statuses(reader, id)).toEqual(['queued']);
    const again = await follow(`${JOURNALS}?since_id=${reader.events.at(-1)?.event_id}`);
    await eventually(async () => of(again, id).length === 3);
  });

  test('the operator can silence or cut what is connected', async () => {
    const reader = await follow(JOURNALS);
    await world.control('POST', '/control/alpaca/streams/mute', { stream: 'journals' });
    const late = await follow(JOURNALS);
    const id = await move();
    await eventually(async () => of(late, id).length === 3);
    expect(reader.events).toEqual([]);
    const { body } = await world.control('POST', '/control/alpaca/streams/disconnect', {
      stream: 'journals',
    });
    expect(body.readers).toBe(2);
    await Promise.all([reader.ended, late.ended]);
  });

  test('the operator can send an event with a status that nobody knows', async () => {
    const reader = await follow(JOURNALS);
    const data = {
      journal_id: await move(),
      entry_type: 'JNLC',
      status_from: 'executed',
      status_to: 'parked',
    };
    await world.control('POST', '/control/alpaca/events', { stream: 'journals', data });
    await eventually(async () => reader.events.some((event) => event.status_to === 'parked'));
  });

  test('`unavailable` refuses the connection with 503', async () => {
    await fault('unavailable', { operation: 'alpaca.streamJournals' });
    expect((await world.call('GET', JOURNALS)).status).toBe(503);
  });
});

describe('other streams', () => {
  test('the account stream tells statuses with an integer id and a ULID', async () => {
    const reader = await follow(ACCOUNTS);
    const id = await world.activeAccount({ identity: { given_name: 'Grace' } });
    const mine = () => reader.events.filter((event) => event.account_id === id);
    await eventually(async () => mine().length === 3);
    expect(mine().map(({ status_from, status_to }) => [status_from, status_to])).toEqual([
      ['', 'SUBMITTED'],
      ['SUBMITTED', 'APPROVED'],
      ['APPROVED', 'ACTIVE'],
    ]);
    const [first, , last] = mine();
    expect(first).toMatchObject({ event_id: expect.any(Number), account_number: '' });
    expect(last?.account_number).toMatch(/^\d{9}$/);
    const byUlid = await follow(`${ACCOUNTS}?since_ulid=${first?.event_ulid}`);
    const byNumber = await follow(`${ACCOUNTS}?since_id=${first?.event_id}`);
    await eventually(async () => byUlid.events.length === 3 && byNumber.events.length === 3);
    expect(byUlid.events).toEqual(mine());
  });

  test('the account stream explains what a document is needed for', async () => {
    const reader = await follow(ACCOUNTS);
    const { application } = await import('./alpaca-world.ts');
    await world.call('POST', '/v1/accounts', application({ identity: { family_name: 'ActionRequired' } }));
    const event = await eventually(async () =>
      reader.events.find((one) => one.status_to === 'ACTION_REQUIRED'),
    );
    expect(event.kyc_results).toEqual({ indeterminate: { IDENTITY_VERIFICATION: {} }, summary: 'fail' });
  });

  test('the funding stream tells of a wire that arrived', async () => {
    const reader = await follow(FUNDING);
    await world.fundFirm('12.34');
    await eventually(async () => reader.events.length === 2);
    expect(reader.events).toMatchObject([
      { account_id: world.firmId, entity_type: 'Transfer', status_from: null, status_to: 'QUEUED' },
      { account_id: world.firmId, entity_type: 'Transfer', status_from: 'QUEUED', status_to: 'COMPLETE' },
    ]);
  });

  test.each(['/v1/events/trades', '/v1/events/transfers/status'])('%s is gone', async (path) => {
    expect(await world.call('GET', path)).toMatchObject({ status: 410, body: { code: 41010000 } });
  });
});
