/** Why a lifecycle stands where it stands: for every state and every reason to wait, and as the API says it. */
import { randomUUID } from 'node:crypto';
import { whyRecord } from '../../db/platform/why-queries.ts';
import { isFinal, statesOf } from '../../domain/lifecycle.ts';
import { LIFECYCLES, type LifecycleName } from '../../domain/lifecycles.ts';
import { REVIEW_RULES } from '../../domain/platform/review-rules.ts';
import { explain, type WhyRecord } from '../../domain/platform/why.ts';
import { WHY_SOURCES } from '../../domain/platform/why-sources.ts';
import { type ApiUnderTest, startApi } from '../api/api-under-test.ts';
import { confirmDeposit, customer, move, seenDeposit } from '../api/money-fixture.ts';

const SINCE = Date.parse('2026-01-02T15:04:00Z');
const MINUTE = 60_000;

function record(kind: LifecycleName, status: string, change: Partial<WhyRecord> = {}): WhyRecord {
  return {
    ...{ kind, status, waitingFor: null, userId: null, subject: '', policy: null, pausedBy: null },
    ...{ since: SINCE, lastChange: SINCE, now: SINCE + 12 * MINUTE },
    ...{ operations: [], heard: [], openReviews: [], ...change },
  };
}

const KINDS = Object.keys(LIFECYCLES) as LifecycleName[];
const STATES = KINDS.flatMap((kind) =>
  (statesOf(LIFECYCLES[kind].lifecycle) as string[]).map((state) => [kind, state] as const),
);
const WAITS = KINDS.flatMap((kind) =>
  Object.keys(WHY_SOURCES[kind].waits).map((wait) => [kind, wait] as const),
);

/** Whole sentences, no gaps, nothing of the machine. */
function expectToReadWell(text: string): void {
  expect(text).toMatch(/^This [a-z]+.* stands at "[a-z ]+"\. /);
  expect(text).toMatch(/\.$/);
  expect(text).not.toMatch(/undefined|null|NaN|\[object| {2}|\.\.|\. [a-z]|,\.|\s\./);
  for (const part of ['Next: ', 'UTC']) expect(text).toContain(part);
}

test('a workflow that stands still: it says so, with the error, and who can help', () => {
  const trouble = { tries: 3, reason: 'NonDeterminism: a timer\n    at somewhere' };
  const why = explain(record('deposit', 'off_ramp_complete'), trouble);
  expectToReadWell(why.text);
  expect(why.happening).toContain('our own code has failed 3 times in a row ("NonDeterminism: a timer").');
  expect(why.who_can_act[0]).toMatch(/^Whoever runs the workers/);
  expect(
    explain(record('deposit', 'off_ramp_complete'), { tries: 1, reason: 'x'.repeat(999) }).happening,
  ).toMatch(/failed once \("x{200}…"\)/);
});

describe.each(STATES)('%s in %s', (kind, state) => {
  const why = explain(record(kind, state));
  const final = isFinal(LIFECYCLES[kind].lifecycle, state as never);

  test('reads well, and says what is next and who can act', () => {
    expectToReadWell(why.text);
    expect(why.who_can_act).toHaveLength(1);
    expect(why.who_can_act[0]).toMatch(/^[A-Z].*\.$/);
    expect(why.next).toMatch(/^[A-Z].*\.$/);
  });

  test(final ? 'names when it came there, and no deadline' : 'names since when it stands there', () => {
    expect(why.text).toContain(final ? 'It came there on' : 'It has stood there for 12 minutes, since');
    if (final) expect([why.next_look_up, why.deadline]).toEqual([null, null]);
    else expect(why.next_look_up ?? SINCE + 13 * MINUTE).toBeGreaterThan(SINCE + 12 * MINUTE);
  });

  test('an open review is for a person, with what to do, what can be decided and until when', () => {
    const reasons = Object.keys(REVIEW_RULES[kind] ?? {});
    for (const reason of [...reasons, 'of_a_newer_version']) {
      const due = SINCE + 60 * MINUTE;
      const openReviews = [{ id: 'r-1', reason: reason.replace('*', 'x'), due, owner: null, asked: null }];
      const asked = explain(record(kind, state, { openReviews }));
      expectToReadWell(asked.text);
      expect(asked.deadline).toBe(due);
      expect(asked.who_can_act[0]).toMatch(
        /^Support decides the review [a-z ]+, which is due on 2026-01-02 16:04 UTC\. [A-Z]/,
      );
      expect(asked.who_can_act[0]).toMatch(/ It takes [a-z_ ]+, under \/v1\/admin\/reviews\/r-1\.$/);
    }
  });
});

describe.each(WAITS)('%s waiting for %s', (kind, wait) => {
  test('says why it lasts', () => {
    const words = WHY_SOURCES[kind].waits[wait]!;
    const why = explain(record(kind, LIFECYCLES[kind].lifecycle.initial, { waitingFor: wait }));
    expectToReadWell(why.text);
    expect(why.happening).toContain(words.support);
    if (words.next) expect(why.next).toContain(words.next);
  });
});

test('a reason that a newer version wrote is passed over', () => {
  expect(explain(record('deposit', 'off_ramp_complete', { waitingFor: 'solar_flare' })).text).toBe(
    explain(record('deposit', 'off_ramp_complete')).text,
  );
});

test('read aloud: a transfer to Mint that nobody has confirmed', () => {
  const operations = [
    {
      ...{ step: 'off_ramp:2', provider: 'circle', state: 'accepted', reference: 'c-77' },
      ...{ attempts: 3, error: null, at: SINCE },
    },
  ];
  const heard = [{ from: 'Circle', state: 'sent', at: SINCE + MINUTE }];
  const subject = 'of 250 USDC on base';
  expect(explain(record('deposit', 'off_ramp_initiated', { operations, heard, subject })).text).toBe(
    'This deposit of 250 USDC on base stands at "off ramp initiated". Circle accepted the transfer from the customer ' +
      'wallet to our Mint deposit address. Mint must credit it. It has stood there for 12 minutes, since 2026-01-02 ' +
      '15:04 UTC, and waits for Circle. So far: Circle took the off ramp, number 2 (c-77) after 3 tries, and is not ' +
      'done with it. Circle told us on 2026-01-02 15:05 UTC: sent. Next: Mint credits the dollars, and the journal ' +
      'to the customer follows. If nobody tells us, we ask by ourselves at about 2026-01-02 15:27 UTC. If it still ' +
      'stands there on 2026-01-02 17:04 UTC, a review opens for support. Nobody needs to act: Circle and Mint are ' +
      'at work.',
  );
});

test.each([
  ['intended', 0, null, 'We are about to ask Circle for the off ramp.'],
  ['succeeded', 1, null, 'Circle has done the off ramp (c-1).'],
  ['failed', 1, 'the token is frozen.', 'The off ramp at Circle did not happen: the token is frozen.'],
  [
    'unknown',
    2,
    'socket hang up',
    'We do not know whether Circle took the off ramp after 2 tries: socket hang up.',
  ],
])('an effect that is %s is told as a sentence', (state, attempts, error, sentence) => {
  const operation = {
    step: 'off_ramp:1',
    provider: 'circle',
    reference: 'c-1',
    at: SINCE,
    state,
    attempts,
    error,
  };
  expect(explain(record('deposit', 'confirmed_on_chain', { operations: [operation] })).tried).toEqual([
    sentence,
  ]);
});

describe('GET /v1/admin/lifecycles/{id}/why', () => {
  let api: ApiUnderTest;
  let token: string;
  beforeAll(async () => {
    api = await startApi();
    token = (await api.user('support')).token;
  });
  afterAll(() => api.stop());
  const why = (id: string) => api.call('GET', `/v1/admin/lifecycles/${id}/why`, { token });

  test('explains a deposit from what is on record', async () => {
    const owner = await customer(api, 'solana');
    const id = await seenDeposit(api, owner, '12.34');
    await confirmDeposit(api, id);
    await move(api, id, 'off_ramp_started', {
      operations: [
        {
          step: 'off_ramp:1',
          provider: 'circle',
          key: randomUUID(),
          state: 'accepted',
          reference: 'circle-1',
        },
      ],
    });
    const { status, body } = await why(id);
    expect([status, body.kind, body.status, body.waits_for]).toEqual([
      200,
      'deposit',
      'off_ramp_initiated',
      'Circle',
    ]);
    expectToReadWell(body.text);
    expect(body.text).toContain('This deposit of 12.34 USDC on solana stands at "off ramp initiated".');
    expect(body.tried).toEqual(['Circle took the off ramp (circle-1), and is not done with it.']);
    const seconds = (Date.parse(body.next_look_up_at) - Date.parse(body.since)) / 1000;
    expect(seconds).toBeGreaterThanOrEqual(30);
    expect((Date.parse(body.deadline_at) - Date.parse(body.since)) / 1000).toBe(7200);
    expect((await why(owner.walletId)).body.text).toMatch(/^This wallet on solana stands at "active"\. /);
    expect((await why(owner.id)).body.text).toMatch(/^This application stands at "not started"\. /);
    // A wallet and an application belong to the onboarding of their customer.
    const looked = api.asked.flatMap(({ what, request }) =>
      what === 'trouble' ? [Object.values(request)[0]] : [],
    );
    expect(looked).toEqual([`deposit:${id}`, `onboarding:${owner.id}`, `onboarding:${owner.id}`]);
  });

  test('names the open review, and what staff have stopped', async () => {
    const owner = await customer(api);
    const id = await seenDeposit(api, owner, '5.00');
    await confirmDeposit(api, id);
    const review = { reason: 'off_ramp_refused', detail: 'Circle said no.', due_seconds: 3600 };
    const note = { patch: { waiting_for: 'review' }, review };
    await api.database.pool.query(`select deposit_note($1, $2)`, [id, JSON.stringify(note)]);
    await api.database.pool.query(
      `insert into switches (key, off, reason) values ('circle', true, 'Circle has an outage')`,
    );
    const { body } = await why(id);
    expect(body.who_can_act[0]).toMatch(/^Support decides the review off ramp refused, which is due on /);
    expect(body.happening).toContain('Stopped by staff: circle (Circle has an outage).');
    expect(body.next_look_up_at).toBeNull();
  });

  test('every lifecycle has a query that the database takes', async () => {
    for (const kind of KINDS) {
      expect([kind, await whyRecord(api.deps.database, kind, randomUUID())]).toEqual([kind, undefined]);
    }
    expect((await why(randomUUID())).status).toBe(404);
  });
});
