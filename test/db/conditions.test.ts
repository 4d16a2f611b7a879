/** Lists with conditions: only those that are asked for stand in the statement. */
import { chosen } from '../../db/conditions.ts';

const conditions = (status: string | undefined, owner: string | null | undefined) =>
  chosen(2, [
    { name: 'status', sql: 'status = ?::text', value: status },
    { name: 'owner', sql: '(owner is not distinct from ?::uuid or ?::uuid is null)', value: owner },
  ]);

test('none', () => {
  expect(conditions(undefined, undefined)).toEqual({ name: '', sql: '', values: [] });
});

test('each has its own place, however often it stands there', () => {
  expect(conditions('open', 'me')).toEqual({
    name: '+status+owner',
    sql: ' and status = $3::text and (owner is not distinct from $4::uuid or $4::uuid is null)',
    values: ['open', 'me'],
  });
});

test('one that is left out takes no place; null is a value', () => {
  expect(conditions(undefined, null)).toEqual({
    name: '+owner',
    sql: ' and (owner is not distinct from $3::uuid or $3::uuid is null)',
    values: [null],
  });
});
