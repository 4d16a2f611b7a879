/** Test files share one Postgres and one Temporal, and see nothing of each other. */
import { Connection } from '@temporalio/client';
import { createDatabase } from '../support/database.ts';
import { testTemporal } from '../support/temporal.ts';

test('each database is a migrated clone of its own', async () => {
  const [one, two] = await Promise.all([createDatabase(), createDatabase()]);
  try {
    await one.pool.query('create table only_here (id int)');
    const tables = `select count(*)::int as count from pg_tables where schemaname = 'public'`;
    const [ofOne, ofTwo] = await Promise.all([one.pool.query(tables), two.pool.query(tables)]);
    expect(ofOne.rows[0].count).toBe(ofTwo.rows[0].count + 1);
    expect(ofTwo.rows[0].count).toBeGreaterThan(5);
  } finally {
    await Promise.all([one.drop(), two.drop()]);
  }
});

test('the Temporal server knows the search attributes that support filters by', async () => {
  const { address, namespace } = await testTemporal();
  const connection = await Connection.connect({ address });
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    expect(Object.keys(customAttributes ?? {})).toEqual(
      expect.arrayContaining(['SluiceUserId', 'SluiceState', 'SluiceReview', 'SluiceAmountUsd']),
    );
  } finally {
    await connection.close();
  }
});
