/** Rounds of the treasury at will, money in our own accounts, and the wires that come of it. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { TreasuryPolicy } from '../../domain/funding/treasury-policy.ts';
import type { WireKind } from '../../domain/funding/wire.ts';
import { createTemporalClient } from '../../temporal/client.ts';
import { eventually } from './eventually.ts';
import type { TestStack } from './stack.ts';

/** Rules under which nothing needs a wire by itself, and everything that happens happens at once. */
const QUIET: Partial<TreasuryPolicy> = {
  ...{ alpacaLowUsd: '0', alpacaTargetUsd: '0', alpacaHighUsd: '900000000' },
  ...{ mintLowUsd: '0', mintTargetUsd: '0', mintHighUsd: '900000000' },
  ...{ walletLowUsdc: '0', walletTargetUsdc: '0', walletHighUsdc: '900000000' },
  minimumWireUsd: '1.00',
  automaticUpToUsd: '1000000.00',
  bankHours: 'always',
  wireTakesSeconds: 60,
  lookUpAfterSeconds: [0.3, 0.5],
  overdueAfterSeconds: 3600,
  settleSeconds: 0.2,
  cautionSeconds: 0,
  returnWindowSeconds: 3600,
  returnLookUpSeconds: 0.3,
};

export interface WireRow {
  readonly id: string;
  readonly kind: WireKind;
  readonly status: string;
  readonly amount_usd: string;
  readonly approvals_needed: number;
  readonly waiting_for: string | null;
  readonly failure_reason: string | null;
  readonly reason: string;
  readonly sends_at: Date | null;
  readonly expected_at: Date | null;
  readonly provider_ref: string | null;
  readonly tracking_ref: string | null;
  readonly arrival_ref: string | null;
}

export interface Treasury {
  /** Rounds and wires that begin from now on live under these rules. */
  setPolicy(policy?: Partial<TreasuryPolicy>): Promise<void>;
  /** Runs one round to its end. */
  round(): Promise<{ floats: { account: string; alarm: string | null }[]; wires: number; woken: number }>;
  /** Every wire, oldest first. */
  wires(): Promise<WireRow[]>;
  /** Waits until the wire stands there. */
  reaches(id: string, status: string, timeoutMs?: number): Promise<WireRow>;
  /** Asks for a wire by hand through the API, and lets another person approve it. */
  wire(kind: WireKind, amount: string, chain?: string): Promise<string>;
  /** A token of a member of staff. */
  staff(name: string, role?: 'support' | 'admin'): Promise<string>;
  readonly client: Client;
  close(): Promise<void>;
}

/** Puts money into our own accounts, at the companies and in the books alike. Once, before anything else. */
export async function fundTreasury(
  stack: Pick<TestStack, 'sandbox' | 'database'>,
  money: { readonly firm: string; readonly mint: string },
): Promise<void> {
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: money.firm });
  await stack.sandbox.control('POST', '/control/mint/balance', { amount: money.mint });
  const open = (account: string, amount: string) =>
    stack.database.pool.query('select open_float($1, ($2::numeric * 1000000)::bigint)', [account, amount]);
  await open('alpaca_firm', money.firm);
  await open('mint_balance', money.mint);
}

/** The treasury of a stack. */
export async function treasuryOf(stack: TestStack): Promise<Treasury> {
  const client = await createTemporalClient(stack.config);
  const { pool } = stack.database;
  const wires = async () =>
    (await pool.query<WireRow>('select *, amount_usd::text from wires order by created_at, id')).rows;
  const staff = async (name: string, role: 'support' | 'admin' = 'admin') => {
    const { rows } = await pool.query<{ id: string }>(
      `insert into users (auth_provider_id, role) values ($1, $2)
       on conflict (auth_provider_id) do update set role = excluded.role returning id`,
      [`test:${name}`, role],
    );
    return stack.token(rows[0]?.id ?? '', role);
  };
  return {
    client,
    wires,
    staff,
    setPolicy: async (policy = {}) => {
      await pool.query(
        `insert into settings (key, value) values ('treasury_policy', $1)
         on conflict (key) do update set value = excluded.value`,
        [JSON.stringify({ ...QUIET, ...policy })],
      );
    },
    round: () =>
      client.workflow.execute('treasury', {
        workflowId: `treasury:${randomUUID()}`,
        taskQueue: stack.config.temporal.taskQueue,
        args: [],
      }),
    reaches: (id, status, timeoutMs = 20_000) =>
      eventually(
        `wire ${id} is ${status}`,
        async () => {
          const row = (await wires()).find((one) => one.id === id);
          if (row?.status === status) return row;
          throw new Error(`it is ${row?.status}, waiting for ${row?.waiting_for}: ${row?.failure_reason}`);
        },
        { timeoutMs },
      ),
    wire: async (kind, amount, chain) => {
      const body = { kind, amount_usd: amount, reason: 'The test wants it.', ...(chain && { chain }) };
      const asked = await answered(stack, '/v1/admin/wires', { token: await staff('one'), body });
      if (asked.status !== 201) throw new Error(JSON.stringify(asked.body));
      const approved = await answered(stack, `/v1/admin/wires/${asked.body.id}/approvals`, {
        token: await staff('other', 'support'),
        body: { decision: 'approve', note: 'Looked at by the test.' },
      });
      if (approved.status !== 200) throw new Error(JSON.stringify(approved.body));
      return asked.body.id;
    },
    close: () => client.connection.close(),
  };
}

const TAKES_LONG = ['idempotency_in_progress', 'service_unavailable'];

/** Asks once, and again under the same key while the answer is that it takes longer. */
function answered(stack: TestStack, path: string, request: { token: string; body: object }) {
  const idempotencyKey = randomUUID();
  const ask = async () => {
    const answer = await stack.call('POST', path, { ...request, idempotencyKey });
    return TAKES_LONG.includes(answer.body?.code) ? undefined : answer;
  };
  return eventually('the request is answered', ask, { timeoutMs: 120_000, everyMs: 250 });
}
