/** What Temporal sees of an error: its type, whether it is tried again and when, and nothing personal. */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { toFailure, withFailures } from '../../activities/failure.ts';
import { Defect, Refused, Unavailable, Unclear } from '../../domain/provider-error.ts';

const facts = { provider: 'circle', operation: 'createTransfer', code: '155201' } as const;
const details = [{ provider: 'circle', operation: 'createTransfer', code: '155201' }];

test.each([
  [new Refused('no', { ...facts, httpStatus: 400 }), 'Refused', true],
  [new Defect('ours', facts), 'Defect', true],
  [new Unavailable('later', facts), 'Unavailable', false],
  [new Unclear('maybe', facts), 'Unclear', false],
])('%s', (error, type, nonRetryable) => {
  const failure = toFailure(error);
  expect(failure).toBeInstanceOf(ApplicationFailure);
  expect(failure).toMatchObject({ type, nonRetryable, message: error.message });
  expect((failure as ApplicationFailure).details).toMatchObject(details);
});

test("the company's Retry-After is the next delay", () => {
  const failure = toFailure(new Unavailable('slow down', { ...facts, retryAfterMs: 7_000 }));
  expect(failure).toMatchObject({ nextRetryDelay: 7_000 });
});

test.each([
  ['23505', 'Defect', true],
  ['22P02', 'Defect', true],
  ['P0001', 'Defect', true],
  ['42P01', 'Defect', true],
  ['40001', 'Unavailable', false],
  ['40P01', 'Unavailable', false],
  ['53300', 'Unavailable', false],
  ['57014', 'Unavailable', false],
  ['57P01', 'Unavailable', false],
  ['08006', 'Unavailable', false],
  ['55P03', 'Unavailable', false],
  ['ECONNREFUSED', 'Unavailable', false],
  ['ECONNRESET', 'Unavailable', false],
])('the database error %s is %s', (code, type, nonRetryable) => {
  const driver = Object.assign(new Error('secret value'), { code, constraint: 'deposits_pkey' });
  const wrapped = new Error('Failed query: insert into users values (ada@example.com)', { cause: driver });
  const failure = toFailure(wrapped);
  expect(failure).toMatchObject({ type, nonRetryable });
  expect(JSON.stringify({ ...failure, message: failure.message, cause: failure.cause })).not.toMatch(
    /secret value|ada@example/,
  );
});

test('a lost connection of the pool is Unavailable', () => {
  expect(toFailure(new Error('Connection terminated unexpectedly'))).toMatchObject({ type: 'Unavailable' });
});

test('a bug stays retryable, so that a corrected worker goes on', () => {
  expect(toFailure(new TypeError('x is not a function'))).toMatchObject({
    type: 'TypeError',
    nonRetryable: false,
  });
  expect(toFailure('thrown text')).toMatchObject({ nonRetryable: false, message: 'thrown text' });
});

test('what Temporal knows already passes unchanged', () => {
  const known = ApplicationFailure.create({ type: 'Own' });
  const cancelled = new CancelledFailure('stop');
  expect(toFailure(known)).toBe(known);
  expect(toFailure(cancelled)).toBe(cancelled);
});

test('wrapped activities keep their names and answers and translate what they throw', async () => {
  const activities = withFailures({
    double: async (value: number) => value * 2,
    refuse: async (): Promise<void> => {
      throw new Refused('no', facts);
    },
  });
  expect(await activities.double(21)).toBe(42);
  await expect(activities.refuse()).rejects.toMatchObject({ type: 'Refused', nonRetryable: true });
});
