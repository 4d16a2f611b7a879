/** The queue of reviews: clock and order, owners, what fits which reason, and decisions that need two persons. */
import { randomUUID } from 'node:crypto';
import { type ApiUnderTest, startApi } from '../api/api-under-test.ts';

let api: ApiUnderTest;
let anna: { id: string; token: string };
let ben: { id: string; token: string };
let admin: { id: string; token: string };
const handed: Record<string, unknown>[] = [];

beforeAll(async () => {
  api = await startApi({
    reviews: {
      decide: async (decision) => {
        handed.push({ ...decision });
        return 'decided';
      },
    },
  });
  anna = await api.user('support');
  ben = await api.user('support');
  admin = await api.user('admin');
});
beforeEach(async () => {
  handed.length = 0;
  await api.database.pool.query(
    `update reviews set decided_at = now(), decision = 'close' where decided_at is null`,
  );
});
afterAll(() => api.stop());

async function open(reason: string, dueIn = '1 hour', lifecycle = 'deposit'): Promise<string> {
  const { rows } = await api.database.pool.query<{ id: string }>(
    `insert into reviews (lifecycle, subject_id, reason, detail, due_at)
     values ($1, $2, $3, 'What happened.', now() + $4::interval) returning id`,
    [lifecycle, randomUUID(), reason, dueIn],
  );
  return rows[0]!.id;
}

const post = (path: string, by: { token: string }, body?: object) =>
  api.call('POST', `/v1/admin/reviews/${path}`, { token: by.token, ...(body && { body }) });
const queue = async (query = '') =>
  (await api.call('GET', `/v1/admin/review-queue${query}`, { token: anna.token })).body;
const audit = async (id: string) => {
  const { rows } = await api.database.pool.query(
    `select action, actor_id, detail from audit_log where subject_kind = 'review' and subject_id = $1 order by id`,
    [id],
  );
  return rows as { action: string; actor_id: string | null; detail: Record<string, unknown> }[];
};

describe('the queue', () => {
  test('shows what is due first in front, with its age, what it asks and what can be decided', async () => {
    const late = await open('journal_overdue', '-10 minutes');
    const soon = await open('off_ramp_denied', '10 minutes');
    const later = await open('defect', '2 hours');
    const { data } = await queue();
    expect(data.map((review: { id: string }) => review.id)).toEqual([late, soon, later]);
    expect(data[0]).toMatchObject({
      overdue: true,
      level: 1,
      age_seconds: expect.any(Number),
      asks: 'Ask Alpaca why the journal is not executed.',
      decisions: ['close', 'force_complete'],
      evidence_needed: { force_complete: { journal_id: "Alpaca's id of the journal that it executed." } },
      request: null,
    });
    expect(data[1]).toMatchObject({ overdue: false, decisions: ['retry', 'refund'] });
    const first = await queue('?limit=2');
    const rest = await queue(`?limit=2&cursor=${first.next_cursor}`);
    expect([first.data.length, rest.data.map((review: { id: string }) => review.id)]).toEqual([2, [later]]);
    expect((await queue('?overdue=true')).data).toHaveLength(1);
    expect((await queue('?reason=defect')).data.map((review: { id: string }) => review.id)).toEqual([later]);
  });
});

describe('owners', () => {
  test('claimed by one, it is out of reach for others until it is released; each step is audited', async () => {
    const id = await open('defect');
    expect((await post(`${id}/claim`, anna)).body).toMatchObject({ owner_id: anna.id });
    expect((await post(`${id}/claim`, anna)).status).toBe(200);
    expect((await post(`${id}/claim`, ben)).body).toMatchObject({ status: 409, code: 'review_owned' });
    expect((await post(`${id}/release`, ben)).body).toMatchObject({ code: 'review_owned' });
    expect((await queue('?owner=me')).data).toHaveLength(1);
    expect((await queue('?owner=nobody')).data).toHaveLength(0);
    expect((await post(`${id}/release`, anna)).body).toMatchObject({ owner_id: null, claimed_at: null });
    expect((await post(`${id}/claim`, ben)).status).toBe(200);
    expect((await audit(id)).map(({ action, actor_id }) => [action, actor_id])).toEqual([
      ['review.claim', anna.id],
      ['review.release', anna.id],
      ['review.claim', ben.id],
    ]);
  });

  test('two who claim at once: one has it', async () => {
    const id = await open('defect');
    const answers = await Promise.all([anna, ben, anna, ben].map((who) => post(`${id}/claim`, who)));
    const owner = (await api.call('GET', `/v1/admin/reviews/${id}`, { token: admin.token })).body.owner_id;
    expect([anna.id, ben.id]).toContain(owner);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
  });

  test('an administrator assigns it to staff, and to nobody else', async () => {
    const id = await open('defect');
    await post(`${id}/claim`, anna);
    expect((await post(`${id}/assignment`, ben, { owner_id: ben.id })).status).toBe(403);
    expect((await post(`${id}/assignment`, admin, { owner_id: ben.id })).body.owner_id).toBe(ben.id);
    const customer = await api.user('user');
    expect((await post(`${id}/assignment`, admin, { owner_id: customer.id })).body).toMatchObject({
      code: 'decision_refused',
    });
    expect((await post(`${randomUUID()}/claim`, anna)).status).toBe(404);
  });

  test('what is decided has no owner to change', async () => {
    const id = await open('defect');
    await api.database.pool.query(`update reviews set decided_at = now(), decision = 'close' where id = $1`, [
      id,
    ]);
    expect((await post(`${id}/claim`, anna)).body).toMatchObject({ code: 'review_closed' });
  });
});

describe('decisions', () => {
  const decide = (id: string, by: { token: string }, body: object) =>
    post(`${id}/decision`, by, { note: 'Looked at it.', ...body });

  test('what does not fit the reason is refused with a sentence, and reaches nobody', async () => {
    const id = await open('confirmation_overdue');
    expect((await decide(id, anna, { decision: 'refund' })).body).toMatchObject({
      status: 409,
      code: 'decision_refused',
      detail: 'A review confirmation_overdue of a deposit takes close, not refund.',
    });
    expect(handed).toEqual([]);
  });

  test('a refund needs to say how we know that the sender takes the money back', async () => {
    const id = await open('off_ramp_refused');
    const { body } = await decide(id, anna, { decision: 'refund' });
    expect(body.detail).toMatch(
      /^The decision refund needs evidence. evidence.sender_confirmed: How we know/,
    );
    const evidence = { sender_confirmed: 'The customer wrote from their own wallet.' };
    expect((await decide(id, anna, { decision: 'refund', evidence })).status).toBe(200);
    expect(handed).toMatchObject([{ decision: 'refund', evidence, decidedBy: anna.id }]);
  });

  test('force_complete is asked for by one and confirmed by another, never by the same', async () => {
    const id = await open('mint_credit_overdue');
    const evidence = { mint_transfer_id: 'c1c1-from-the-mint-console' };
    expect((await post(`${id}/confirmation`, ben, { note: 'Seen.' })).body.code).toBe('decision_refused');
    const asked = await decide(id, anna, { decision: 'force_complete', evidence });
    expect(asked).toMatchObject({
      status: 202,
      body: { decided_at: null, request: { decision: 'force_complete', by: anna.id, evidence } },
    });
    expect(handed).toEqual([]);
    expect((await post(`${id}/confirmation`, anna, { note: 'Me again.' })).body).toMatchObject({
      status: 409,
      code: 'second_person_required',
    });
    expect((await post(`${id}/confirmation`, ben, { note: 'I saw it in the console.' })).status).toBe(200);
    expect(handed).toMatchObject([
      { decision: 'force_complete', evidence, requestedBy: anna.id, decidedBy: ben.id },
    ]);
    expect((await audit(id)).map(({ action, detail }) => [action, detail.decision])).toEqual([
      ['review.request', 'force_complete'],
    ]);
  });

  test('the database refuses a forced step without a second person, whoever asks', async () => {
    const id = await open('mint_credit_overdue');
    const force = (by: string) =>
      api.database.pool.query(
        `select decide_review($1, 'force_complete', $2, 'note', 'request', '{}') as done`,
        [id, by],
      );
    await expect(force(anna.id)).rejects.toMatchObject({ code: 'SL006' });
    await decide(id, anna, { decision: 'force_complete', evidence: { mint_transfer_id: 'x' } });
    await expect(force(anna.id)).rejects.toMatchObject({ code: 'SL006' });
    expect((await force(ben.id)).rows).toEqual([{ done: true }]);
    expect((await force(admin.id)).rows).toEqual([{ done: false }]);
    expect((await audit(id)).at(-1)).toMatchObject({
      action: 'review.decide',
      actor_id: ben.id,
      detail: { decision: 'force_complete', requested_by: anna.id },
    });
  });
});
