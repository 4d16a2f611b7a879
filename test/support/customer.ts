/** A customer who is ready to deposit: account open at the broker, a Circle wallet per chain, all in the books. */
import { CHAINS, type Chain } from '../../domain/funding/chain.ts';
import { customerDesk, type ReadyCustomer } from '../../scripts/stack/ready-customer.ts';
import { eventually } from './eventually.ts';
import { whereItStands } from './left-open.ts';
import type { TestStack } from './stack.ts';

export interface Customer extends ReadyCustomer {
  /** Somebody sends tokens to the customer's address; answers the transaction's hash. */
  receive(transfer: { amount: string; chain?: Chain; token?: string }): Promise<string>;
  /** The customer's deposits, oldest first. */
  deposits(): Promise<DepositRow[]>;
  /** Waits until the only (or the last) deposit stands there. */
  depositReaches(status: string, timeoutMs?: number): Promise<DepositRow>;
}

export interface DepositRow {
  readonly id: string;
  readonly status: string;
  readonly amount_stablecoin: string;
  readonly amount_usd: string | null;
  readonly waiting_for: string | null;
  readonly failure_reason: string | null;
  readonly tx_hash: string | null;
  readonly circle_transfer_ref: string | null;
  readonly broker_journal_ref: string | null;
  readonly off_ramp_attempt: number;
}

type Needs = Pick<TestStack, 'config' | 'sandbox' | 'database'>;

/** Makes one through the providers' own APIs, as onboarding does. */
export async function createCustomer(
  stack: Needs,
  options: { kyc?: 'approved' | 'pending' } = {},
): Promise<Customer> {
  const { config, database } = stack;
  const desk = await customerDesk(config, database.pool);
  const customer = await desk.create(CHAINS, options.kyc);
  const deposits = async () => {
    const { rows } = await database.pool.query<DepositRow>(
      'select * from deposits where user_id = $1 order by created_at, id',
      [customer.id],
    );
    return rows;
  };
  return {
    ...customer,
    deposits,
    receive: async ({ amount, chain = 'ethereum', token = 'USDC' }) => {
      const { address: to, blockchain } = customer.wallets[chain];
      const body = { blockchain, to, amount, token };
      const sent = await stack.sandbox.control<{ tx_hash: string }>('POST', '/control/chain/transfers', body);
      return sent.tx_hash;
    },
    depositReaches: (status, timeoutMs = 60_000) =>
      eventually(
        `the deposit is ${status}`,
        async () => {
          const last = (await deposits()).at(-1);
          if (last?.status !== status) throw new Error(`it is ${last?.status} (${last?.waiting_for})`);
          return last;
        },
        {
          timeoutMs,
          explain: async () => {
            const last = (await deposits()).at(-1);
            return last ? whereItStands(stack.config, `deposit:${last.id}`) : 'There is none.';
          },
        },
      ),
  };
}
