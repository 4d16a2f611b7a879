/** A customer with dollars at the broker who takes money out, through the workflow itself. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { toBlockchain } from '../../activities/providers/circle/chains.ts';
import type { Chain } from '../../domain/funding/chain.ts';
import type { WithdrawalPolicy } from '../../domain/funding/withdrawal-rules.ts';
import { startWithdrawal } from '../../temporal/signal-withdrawal.ts';
import type { RequestAnswer, RequestWithdrawal } from '../../workflows/funding/withdrawal-messages.ts';
import { type Customer, createCustomer } from './customer.ts';
import { eventually } from './eventually.ts';
import type { TestStack } from './stack.ts';

export interface WithdrawalRow {
  readonly id: string;
  readonly status: string;
  readonly amount_usd: string;
  readonly fee_usd: string;
  readonly net_usd: string;
  readonly waiting_for: string | null;
  readonly failure_reason: string | null;
  readonly refund_reason: string | null;
  readonly owed_journal: string | null;
  readonly destination_address: string;
  readonly broker_withdrawal_ref: string | null;
  readonly circle_on_ramp_ref: string | null;
  readonly on_ramp_tx_hash: string | null;
  readonly circle_transfer_ref: string | null;
  readonly tx_hash: string | null;
  readonly refund_ref: string | null;
  readonly journal_attempt: number;
  readonly on_ramp_attempt: number;
  readonly transfer_attempt: number;
}

/** A withdrawal that somebody wants. */
interface Wanted {
  readonly amount: string;
  readonly fee?: string;
  readonly chain?: Chain;
  readonly needsApproval?: boolean;
  readonly approvalExpiresSeconds?: number;
  /** An entry of the address book on that chain; a new one unless given. */
  readonly to?: { readonly id: string; readonly address: string };
}

export interface Spender extends Customer {
  /** An active entry of the address book on that chain, nobody's wallet in the sandbox. */
  addressOn(chain: Chain): Promise<{ id: string; address: string }>;
  /** Asks for a withdrawal as the API does; answers its id and what the request answered. */
  withdraw(
    wanted: Wanted & { readonly id?: string },
  ): Promise<{ id: string; answer: RequestAnswer; address: string }>;
  /** The request for one, as the API would make it. */
  requestOf(wanted: Wanted): Promise<RequestWithdrawal>;
  withdrawal(id: string): Promise<WithdrawalRow>;
  /** Waits until no journal of it is owed that the broker took back. */
  owesNothing(id: string): Promise<void>;
  /** Waits until the withdrawal stands there, and waits for that reason, where one is given. */
  withdrawalReaches(id: string, status: string, waitingFor?: string | null): Promise<WithdrawalRow>;
}

type Needs = Pick<TestStack, 'config' | 'sandbox' | 'database'>;

const LIMITS = { perDayUsd: '1000000.00', perHour: 1000, companyPerDayUsd: '100000000.00' };
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** 32 bytes that begin with no zero: the only ones that this short form writes right. */
function base58(bytes: Uint8Array): string {
  let number = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  for (; number > 0n; number /= 58n) text = BASE58[Number(number % 58n)] + text;
  return text;
}

function someAddress(chain: Chain): string {
  if (chain !== 'solana') return `0x${randomBytes(20).toString('hex')}`;
  const bytes = randomBytes(32);
  bytes.writeUInt8(bytes.readUInt8(0) | 1, 0);
  return base58(bytes);
}

/** Makes one whose account holds `usd`, by a deposit. */
export async function createSpender(stack: Needs, temporal: Client, usd: string): Promise<Spender> {
  const customer = await createCustomer(stack);
  const { pool } = stack.database;
  await customer.receive({ amount: usd });
  await customer.depositReaches('broker_funded', 30_000);

  const withdrawal = async (id: string): Promise<WithdrawalRow> => {
    const { rows } = await pool.query<WithdrawalRow>('select * from withdrawals where id = $1', [id]);
    if (!rows[0]) throw new Error(`there is no withdrawal ${id}`);
    return rows[0];
  };
  const addressOn = async (chain: Chain) => {
    const [id, address] = [randomUUID(), someAddress(chain)];
    await pool.query(
      `insert into withdrawal_addresses (id, user_id, chain, address, address_key, label, usable_at)
       values ($1, $2, $3, $4, $4, 'Test', now())`,
      [id, customer.id, chain, address],
    );
    await pool.query(`select transition('address', $1, 'cooled_down', '1', '{}')`, [id]);
    return { id, address };
  };
  const requestOf = async ({
    amount,
    fee = '0.50',
    chain = 'base',
    needsApproval = false,
    approvalExpiresSeconds = 3600,
    to,
  }: Wanted) => {
    const entry = to ?? (await addressOn(chain));
    return {
      user_id: customer.id,
      chain,
      address_id: entry.id,
      destination_address: entry.address,
      amount_usd: amount,
      fee_usd: fee,
      limits: LIMITS,
      eta_sample: 10,
      eta_seconds: 600,
      needs_approval: needsApproval,
      approval_expires_seconds: approvalExpiresSeconds,
    };
  };
  return {
    ...customer,
    addressOn,
    withdrawal,
    requestOf,
    withdraw: async ({ id = randomUUID(), ...wanted }) => {
      const request = await requestOf(wanted);
      // Whoever gets no answer asks again: the same request finds what the first one made.
      const answer = await eventually(
        'the request is answered',
        () => startWithdrawal(temporal, stack.config.temporal.taskQueue, { id, request }),
        { timeoutMs: 60_000 },
      );
      return { id, answer, address: request.destination_address };
    },
    owesNothing: async (id) => {
      await eventually('nothing is owed', async () => (await withdrawal(id)).owed_journal === null);
    },
    withdrawalReaches: (id, status, waitingFor) =>
      eventually(
        `the withdrawal is ${status}${waitingFor ? ` and waits for ${waitingFor}` : ''}`,
        async () => {
          const row = await withdrawal(id);
          const isThere =
            row.status === status && (waitingFor === undefined || row.waiting_for === waitingFor);
          if (!isThere) throw new Error(`it is ${row.status} (${row.waiting_for}, ${row.failure_reason})`);
          return row;
        },
        { timeoutMs: 30_000 },
      ),
  };
}

/** What stands at an address outside, in smallest units of USDC. */
export async function receivedAt(stack: Needs, chain: Chain, address: string): Promise<bigint> {
  const code = toBlockchain(stack.config.circle.network, chain);
  const name = address.startsWith('0x') ? address.toLowerCase() : address;
  // Somebody outside: the sandbox keeps what left its own wallets under the world's accounts.
  const prefix = encodeURIComponent(`world:chain:${code}:${name}`);
  const { accounts } = await stack.sandbox.control<{
    accounts: { asset: string; balance: string }[];
  }>('GET', `/control/books?prefix=${prefix}`);
  return BigInt(accounts.find(({ asset }) => asset === `USDC:${code}`)?.balance ?? '0');
}

/** Rules under which a withdrawal looks things up at once instead of after half a minute. */
const QUICK: WithdrawalPolicy = {
  lookUpAfterSeconds: [0.3, 0.3, 0.5],
  reviewAfterSeconds: 3600,
  giveUpAfterSeconds: 3600,
  retryAfterSeconds: [0.3],
  attempts: 2,
  reviewDueSeconds: 3600,
  approvalExpiresSeconds: 3600,
};

/** Withdrawals that begin from now on live under these rules. */
export async function setWithdrawalPolicy(
  stack: Pick<TestStack, 'database'>,
  policy: Partial<WithdrawalPolicy> = {},
): Promise<void> {
  await stack.database.pool.query(
    `insert into settings (key, value) values ('withdrawal_policy', $1)
     on conflict (key) do update set value = excluded.value`,
    [JSON.stringify({ ...QUICK, ...policy })],
  );
}
