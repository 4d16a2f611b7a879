/**
 * A worker writes a withdrawal or an address down and dies, and Temporal forgets the request that it had not answered:
 * the row begins all the same.
 */
import { randomUUID } from 'node:crypto';
import { createAddressActivities } from '../../activities/funding/address.ts';
import { createWithdrawalActivities } from '../../activities/funding/withdrawal.ts';
import type { ActivityPorts } from '../../activities/ports.ts';
import { type Database, openDatabase } from '../../db/client.ts';
import { unmovedRequests } from '../../db/funding/sweep-queries.ts';
import { WORKFLOWS } from '../../workflows/contract.ts';
import { movedAt } from '../support/books.ts';
import { eventually } from '../support/eventually.ts';
import { spendingStage } from '../support/spending-stage.ts';
import { sweepNow } from '../support/sweep.ts';
import { freshAddress } from '../support/withdrawer.ts';

const stage = spendingStage();

/** The workflow is there as the lost request has left it. */
async function begin(kind: 'withdrawal' | 'address', id: string): Promise<void> {
  await stage.temporal.workflow.start(WORKFLOWS[kind].type, {
    workflowId: `${kind}:${id}`,
    taskQueue: stage.stack.config.temporal.taskQueue,
    args: [{ [`${kind}_id`]: id }],
  });
}

const NEITHER = 'whose workflow is lost too';
const WAITING = 'whose workflow waits for it';

test.each([WAITING, NEITHER])('a request %s', async (what) => {
  const { stack, temporal, customer } = stage;
  const id = randomUUID();
  if (what === WAITING) await begin('withdrawal', id);
  const database = openDatabase({ url: stack.config.database.url, maxConnections: 1 });
  const request = await customer.requestOf({ amount: '20.00' });
  await createWithdrawalActivities({ database }).recordWithdrawalRequested({ ...request, withdrawal_id: id });
  await longAgo(database, 'withdrawals', id);
  await database.close();
  expect((await customer.withdrawal(id)).status).toBe('pending');

  await sweepNow(stack, temporal);
  expect(await customer.withdrawalReaches(id, 'complete')).toMatchObject({ net_usd: '19.50' });
  expect(await movedAt(stack, id)).toHaveLength(2);
});

test.each([WAITING, NEITHER])('an address %s', async (what) => {
  const { stack, temporal, customer } = stage;
  const id = randomUUID();
  if (what === WAITING) await begin('address', id);
  const database = openDatabase({ url: stack.config.database.url, maxConnections: 1 });
  const address = freshAddress();
  await createAddressActivities({ database, circle: {} as ActivityPorts['circle'] }).recordAddressAdded({
    ...{ address_id: id, user_id: customer.id, chain: 'base', address, address_key: address.toLowerCase() },
    ...{ note: null, label: 'Mine', cool_down_seconds: 1, most_addresses: 20 },
  });
  await longAgo(database, 'withdrawal_addresses', id);
  await database.close();

  await sweepNow(stack, temporal);
  await eventually('money can go there', async () => {
    const sql = 'select status from withdrawal_addresses where id = $1';
    const { rows } = await stack.database.pool.query<{ status: string }>(sql, [id]);
    return rows[0]?.status === 'active';
  });
});

test('with more of them than one round looks at, each has its turn', async () => {
  const { stack } = stage;
  const database = openDatabase({ url: stack.config.database.url, maxConnections: 1 });
  const ids = Array.from({ length: 5 }, () => randomUUID());
  for (const id of ids) {
    await database.query(
      `insert into withdrawal_addresses (id, user_id, chain, address, address_key, label, usable_at, created_at)
       values ($1::uuid, $2, 'base', $1, $1, 'Resting', now(), now() - interval '5 minutes')`,
      [id, stage.customer.id],
    );
  }
  const met: string[] = [];
  let last = '';
  for (let round = 0; round < 3; round += 1) {
    const found = await unmovedRequests(database, 90, last, 2);
    met.push(...found.map(({ workflow_id }) => workflow_id));
    last = found.at(-1)?.workflow_id ?? '';
  }
  await database.query(`delete from withdrawal_addresses where label = 'Resting'`);
  await database.close();
  expect(met).toEqual(ids.map((id) => `address:${id}`).sort());
});

async function longAgo(database: Database, table: string, id: string): Promise<void> {
  const sql = `update ${table} set created_at = created_at - interval '5 minutes' where id = $1`;
  await database.query(sql, [id]);
}
