/** Faults of the sandbox and quick rules, so that days of waiting pass in a moment. */
import type { DepositPolicy } from '../../domain/funding/deposit-policy.ts';
import type { ReviewDecisionName, ReviewEvidence } from '../../domain/platform/review.ts';
import { eventually } from './eventually.ts';
import type { TestStack } from './stack.ts';

/** A fault as the sandbox's control API takes it. */
export interface Fault {
  readonly company: string;
  readonly operation: string;
  readonly kind: string;
  readonly count?: number;
  readonly match?: Readonly<Record<string, unknown>>;
  readonly delay_ms?: number;
  readonly status?: number;
  readonly body?: unknown;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Adds a fault; it applies once unless its count says otherwise. */
export async function plant(stack: Pick<TestStack, 'sandbox'>, fault: Fault): Promise<void> {
  await stack.sandbox.control('POST', '/control/faults', { count: 1, ...fault });
}

/** Takes all faults away. */
export async function clearFaults(stack: Pick<TestStack, 'sandbox'>): Promise<void> {
  await stack.sandbox.control('DELETE', '/control/faults');
}

/** The broker's back office moves a journal: to `executed`, or to `correct`, which takes an executed one back. */
export async function moveJournal(
  stack: Pick<TestStack, 'sandbox'>,
  journalId: string | null | undefined,
  status: 'executed' | 'correct',
): Promise<void> {
  await stack.sandbox.control('POST', `/control/alpaca/journals/${journalId}/status`, { status });
}

/** Rules under which a deposit looks things up at once instead of after half a minute. */
const QUICK: DepositPolicy = {
  lookUpAfterSeconds: [0.3, 0.3, 0.5],
  reviewAfterSeconds: 3600,
  giveUpAfterSeconds: 3600,
  retryAfterSeconds: [0.3],
  offRampAttempts: 2,
  reviewDueSeconds: 3600,
};

/** Deposits that begin from now on live under these rules. */
export async function setDepositPolicy(
  stack: Pick<TestStack, 'database'>,
  policy: Partial<DepositPolicy> = {},
): Promise<void> {
  await stack.database.pool.query(
    `insert into settings (key, value) values ('deposit_policy', $1)
     on conflict (key) do update set value = excluded.value`,
    [JSON.stringify({ ...QUICK, ...policy })],
  );
}

/** An open or decided review of a deposit. */
export interface ReviewRow {
  readonly id: string;
  readonly reason: string;
  readonly detail: string;
  readonly decision: string | null;
}

/** Waits until a review with that reason is open. */
export function reviewOpens(
  stack: Pick<TestStack, 'database'>,
  depositId: string,
  reason: string,
  timeoutMs = 60_000,
): Promise<ReviewRow> {
  const look = async () => {
    const { rows } = await stack.database.pool.query<ReviewRow>(
      'select * from reviews where subject_id = $1 and decided_at is null',
      [depositId],
    );
    const found = rows.find((row) => row.reason === reason);
    if (!found) throw new Error(`open are: ${rows.map((row) => row.reason).join(', ') || 'none'}`);
    return found;
  };
  return eventually(`a review ${reason} is open`, look, { timeoutMs });
}

/** Support says how a review goes on, through the API. */
export async function decide(
  stack: TestStack,
  reviewId: string,
  decision: ReviewDecisionName,
  evidence?: ReviewEvidence,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const supporter = await staff(stack);
  return stack.call('POST', `/v1/admin/reviews/${reviewId}/decision`, {
    token: await stack.token(supporter, 'support'),
    body: { decision, note: 'Looked at by the test.', ...(evidence && { evidence }) },
  });
}

/** A second supporter confirms what the first one asked for. */
export async function confirm(
  stack: TestStack,
  reviewId: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  return stack.call('POST', `/v1/admin/reviews/${reviewId}/confirmation`, {
    token: await stack.token(await staff(stack, 'second'), 'support'),
    body: { note: 'Checked by another one.' },
  });
}

async function staff(stack: TestStack, name = 'support'): Promise<string> {
  const { rows } = await stack.database.pool.query<{ id: string }>(
    `insert into users (auth_provider_id, role) values ($1, 'support')
     on conflict (auth_provider_id) do update set role = 'support' returning id`,
    [`test:${name}`],
  );
  return rows[0]?.id ?? '';
}
