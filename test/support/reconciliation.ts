/** Reconciliation as staff use it: asked for through the API, with rules that know no waiting. */
import type { ReconciliationPolicy } from '../../domain/funding/reconciliation.ts';
import { parseUnits } from '../../domain/money.ts';
import { eventually } from './eventually.ts';
import type { TestStack } from './stack.ts';

/** A break as the API shows it, as far as tests look at it. */
export interface ShownBreak {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly account: string | null;
  readonly account_owner: string | null;
  readonly subject_id: string | null;
  readonly reference: string | null;
  readonly difference: string | null;
}

/** A member of staff with a token. */
export async function staffToken(stack: TestStack, role: 'support' | 'admin' = 'support'): Promise<string> {
  const { rows } = await stack.database.pool.query<{ id: string }>(
    `insert into users (auth_provider_id, role) values ('test:staff:' || gen_random_uuid(), $1) returning id`,
    [role],
  );
  return stack.token(rows[0]?.id ?? '', role);
}

/** Nothing is given time any more: what differs now differs. */
export async function reconcileWithoutPatience(
  stack: Pick<TestStack, 'database'>,
  policy: Partial<ReconciliationPolicy> = {},
): Promise<void> {
  const quick = { graceSeconds: 0, confirmAfterSeconds: 0.1, ...policy };
  await stack.database.pool.query(
    `insert into settings (key, value) values ('reconciliation_policy', $1)
     on conflict (key) do update set value = excluded.value`,
    [JSON.stringify(quick)],
  );
}

/** Puts our own dollars into the firm account, booked as the float that stood there at the beginning. */
export async function openFirmFloat(
  stack: Pick<TestStack, 'sandbox' | 'database'>,
  amount: string,
): Promise<void> {
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount });
  await stack.database.pool.query(`select open_float('alpaca_firm', $1)`, [parseUnits(amount).toString()]);
}

/** Runs reconciliation through the API and answers the breaks that are open when it has ended. */
export async function reconcile(
  stack: TestStack,
  token: string,
): Promise<{ run: Record<string, unknown>; breaks: ShownBreak[] }> {
  const { status, body } = await stack.call('POST', '/v1/admin/reconciliation/runs', { token });
  if (status !== 202) throw new Error(`the run was answered with ${status} ${JSON.stringify(body)}`);
  const run = await eventually(
    'the run has ended',
    async () => {
      const found = await stack.call('GET', `/v1/admin/reconciliation/runs/${body.id}`, { token });
      if (found.body.status === 'failed') return found.body;
      if (found.body.status !== 'done') throw new Error(`it is ${found.body.status}`);
      return found.body;
    },
    { timeoutMs: 60_000 },
  );
  const open = await stack.call('GET', '/v1/admin/reconciliation/breaks?status=open&limit=100', { token });
  return { run, breaks: open.body.data as ShownBreak[] };
}
