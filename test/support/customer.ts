/** A customer who is ready to deposit: account open at the broker, a Circle wallet per chain, all in the books. */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { createAlpacaClient } from '../../activities/providers/alpaca/client.ts';
import { toBlockchain } from '../../activities/providers/circle/chains.ts';
import { createCircleClient } from '../../activities/providers/circle/client.ts';
import type { Config } from '../../config.ts';
import { CHAINS, type Chain } from '../../domain/funding/chain.ts';
import { eventually } from './eventually.ts';
import type { TestStack } from './stack.ts';

export interface Customer {
  readonly id: string;
  readonly email: string;
  readonly alpacaAccountId: string;
  readonly wallets: Readonly<Record<Chain, { id: string; circleWalletId: string; address: string }>>;
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
  const id = randomUUID();
  const email = `${id}@customers.example`;
  const kyc = options.kyc ?? 'approved';
  const account = await openAccount(config, email, kyc);
  await insertUser(database.pool, { id, email, accountId: account, kyc });
  const wallets = await openWallets(config, database.pool, id);
  const deposits = async () => {
    const { rows } = await database.pool.query<DepositRow>(
      'select * from deposits where user_id = $1 order by created_at, id',
      [id],
    );
    return rows;
  };
  return {
    id,
    email,
    alpacaAccountId: account,
    wallets,
    deposits,
    receive: async ({ amount, chain = 'ethereum', token = 'USDC' }) => {
      const body = {
        blockchain: toBlockchain(config.circle.network, chain),
        to: wallets[chain].address,
        amount,
        token,
      };
      const sent = await stack.sandbox.control<{ tx_hash: string }>('POST', '/control/chain/transfers', body);
      return sent.tx_hash;
    },
    depositReaches: (status, timeoutMs = 20_000) =>
      eventually(
        `the deposit is ${status}`,
        async () => {
          const last = (await deposits()).at(-1);
          if (last?.status !== status) throw new Error(`it is ${last?.status} (${last?.waiting_for})`);
          return last;
        },
        { timeoutMs },
      ),
  };
}

async function openAccount(config: Config, email: string, kyc: 'approved' | 'pending'): Promise<string> {
  const alpaca = createAlpacaClient(config.alpaca);
  const account = await alpaca.createAccount({
    contact: {
      emailAddress: email,
      phoneNumber: '+15555550100',
      streetAddress: ['1 Test Street'],
      city: 'San Mateo',
      state: 'CA',
      postalCode: '94401',
      country: 'USA',
    },
    identity: {
      givenName: 'Ada',
      // The sandbox never decides about people of this name.
      familyName: kyc === 'pending' ? 'NeverDecided' : 'Lovelace',
      dateOfBirth: '1990-12-10',
      taxId: '265-43-4321',
      taxIdType: 'USA_SSN',
      countryOfCitizenship: 'USA',
      countryOfBirth: 'USA',
      countryOfTaxResidence: 'USA',
      fundingSource: ['employment_income'],
    },
    disclosures: {
      isControlPerson: false,
      isAffiliatedExchangeOrFinra: false,
      isPoliticallyExposed: false,
      immediateFamilyExposed: false,
    },
    agreements: ['customer_agreement', 'account_agreement'].map((agreement) => ({
      agreement,
      signedAt: '2026-01-02T15:04:05Z',
      ipAddress: '127.0.0.1',
    })),
  });
  if (kyc === 'pending') return account.id;
  await eventually('the account is active', async () => {
    const { providerState } = await alpaca.getAccount(account.id);
    if (providerState !== 'ACTIVE') throw new Error(`it is ${providerState}`);
    return true;
  });
  return account.id;
}

async function insertUser(
  pool: pg.Pool,
  user: { id: string; email: string; accountId: string; kyc: 'approved' | 'pending' },
): Promise<void> {
  await pool.query(
    'insert into users (id, auth_provider_id, email, alpaca_account_id) values ($1, $2, $3, $4)',
    [user.id, `test:${user.id}`, user.email, user.accountId],
  );
  await pool.query(`select transition('kyc', $1, 'submitted', '1', '{}')`, [user.id]);
  if (user.kyc === 'approved')
    await pool.query(`select transition('kyc', $1, 'approved', '1', '{}')`, [user.id]);
}

async function openWallets(config: Config, pool: pg.Pool, userId: string): Promise<Customer['wallets']> {
  const circle = createCircleClient(config.circle);
  const set = await circle.createWalletSet({ idempotencyKey: randomUUID(), name: 'Test customers' });
  const opened = await circle.createWallets({
    idempotencyKey: randomUUID(),
    walletSetId: set.id,
    chains: [...CHAINS],
    refId: userId,
  });
  const entries = opened.map(async (wallet) => {
    const { rows } = await pool.query<{ id: string }>(
      'insert into wallets (user_id, chain, address, circle_wallet_id) values ($1, $2, $3, $4) returning id',
      [userId, wallet.chain, wallet.address, wallet.id],
    );
    const id = rows[0]?.id ?? '';
    await pool.query(`select transition('wallet', $1, 'created', '1', '{}')`, [id]);
    return [wallet.chain, { id, circleWalletId: wallet.id, address: wallet.address }] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Customer['wallets'];
}
