/** What nobody decides in time is raised, level by level; staff are told once a level, and the audit log knows. */
import { randomUUID } from 'node:crypto';
import { createReviewEscalationActivities } from '../../activities/platform/review-escalation.ts';
import { type Database, openDatabase } from '../../db/client.ts';
import { reviewPolicy } from '../../domain/platform/review-policy.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let created: TestDatabase;
let database: Database;
let escalate: () => Promise<number>;
const staff: Record<string, string> = {};

beforeAll(async () => {
  created = await createDatabase();
  database = openDatabase({ url: created.url });
  escalate = createReviewEscalationActivities({ database }).escalateOverdueReviews;
  for (const [name, role] of [
    ['anna', 'support'],
    ['ben', 'support'],
    ['carla', 'admin'],
    ['dora', 'user'],
  ]) {
    const [row] = await database.query<{ id: string }>(
      'insert into users (auth_provider_id, role) values ($1, $2) returning id',
      [name, role],
    );
    staff[name!] = row!.id;
  }
  await database.query(
    `insert into settings (key, value) values ('review_policy', '{"escalateEverySeconds": 0}')`,
  );
});
afterAll(async () => {
  await database.close();
  await created.drop();
});

async function open(dueIn: string): Promise<string> {
  const [row] = await database.query<{ id: string }>(
    `insert into reviews (lifecycle, subject_id, reason, detail, due_at)
     values ('deposit', $1, 'defect', 'Something cannot be recorded.', now() + $2::interval) returning id`,
    [randomUUID(), dueIn],
  );
  return row!.id;
}
const levelOf = async (id: string) =>
  (await database.query<{ level: number }>('select level from reviews where id = $1', [id]))[0]?.level;
const told = async (id: string) =>
  await database.query<{ name: string; body: string }>(
    `select u.auth_provider_id as name, n.body from notifications n join users u on u.id = n.user_id
       where n.subject_id = $1 order by n.created_at, 1`,
    [id],
  );

test('on time nothing happens; overdue it goes to support, then to the administrators, and stays there', async () => {
  const punctual = await open('1 hour');
  const late = await open('-1 minute');
  expect(await escalate()).toBe(1);
  expect([await levelOf(punctual), await levelOf(late)]).toEqual([1, 2]);
  expect((await told(late)).map(({ name }) => name)).toEqual(['anna', 'ben']);
  expect((await told(late))[0]?.body).toMatch(
    /^A review of deposit \S+ was due on .* UTC and is not decided: Something cannot be recorded\.$/,
  );
  expect(await escalate()).toBe(1);
  expect((await told(late)).map(({ name }) => name)).toEqual(['anna', 'ben', 'carla']);
  expect(await escalate()).toBe(0);
  expect(await levelOf(late)).toBe(3);
  const entries = await database.query(
    `select actor_role, detail ->> 'level' as level from audit_log where action = 'review.escalate' order by id`,
  );
  expect(entries).toEqual([
    { actor_role: 'system', level: '2' },
    { actor_role: 'system', level: '3' },
  ]);
  await database.query('update reviews set decided_at = now() where decided_at is null');
});

test('many rounds at once raise a review by one level only', async () => {
  await database.query(
    `update settings set value = '{"escalateEverySeconds": 3600}' where key = 'review_policy'`,
  );
  const id = await open('-1 minute');
  await Promise.all(Array.from({ length: 8 }, () => escalate()));
  expect(await levelOf(id)).toBe(2);
  await database.query('update reviews set decided_at = now() where decided_at is null');
});

test('settings that make no sense leave the rules as they are', () => {
  const usual = reviewPolicy(null);
  expect(reviewPolicy({ escalateEverySeconds: -1, topLevel: 0.5 })).toEqual(usual);
  expect(reviewPolicy({ topLevel: 2 })).toEqual({ ...usual, topLevel: 2 });
});
