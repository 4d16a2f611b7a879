/** Customers who are ready to deposit: account open at the broker, Circle wallets, both in the books. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { type AlpacaClient, createAlpacaClient } from '../../activities/providers/alpaca/client.ts';
import { toBlockchain } from '../../activities/providers/circle/chains.ts';
import { type CircleClient, createCircleClient } from '../../activities/providers/circle/client.ts';
import type { Config } from '../../config.ts';
import type { Chain } from '../../domain/funding/chain.ts';

const ACTIVE_POLLS = 500;
const ACTIVE_POLL_MS = 20;

export interface ReadyWallet {
  readonly id: string;
  readonly circleWalletId: string;
  readonly address: string;
  /** Circle's word for the chain. */
  readonly blockchain: string;
}

export interface ReadyCustomer<C extends Chain = Chain> {
  readonly id: string;
  readonly email: string;
  readonly alpacaAccountId: string;
  readonly wallets: Readonly<Record<C, ReadyWallet>>;
}

/** The machine's companies and books, where customers are made. */
export interface CustomerDesk {
  /** Makes one through the companies' own APIs, as onboarding does; with `pending` the broker never decides. */
  create<C extends Chain>(chains: readonly C[], kyc?: 'approved' | 'pending'): Promise<ReadyCustomer<C>>;
}

/** A desk that makes customers; all their wallets are in one wallet set. */
export async function customerDesk(config: Config, pool: pg.Pool): Promise<CustomerDesk> {
  const alpaca = createAlpacaClient(config.alpaca);
  const circle = createCircleClient(config.circle);
  const set = await circle.createWalletSet({ idempotencyKey: randomUUID(), name: 'Ready customers' });
  return {
    create: async (chains, kyc = 'approved') => {
      const id = randomUUID();
      const email = `${id}@customers.example`;
      const alpacaAccountId = await openAccount(alpaca, email, kyc);
      await insertUser(pool, { id, email, accountId: alpacaAccountId, kyc });
      const network = config.circle.network;
      const wallets = await openWallets({ circle, pool, network, walletSetId: set.id }, id, chains);
      return { id, email, alpacaAccountId, wallets };
    },
  };
}

async function openAccount(
  alpaca: AlpacaClient,
  email: string,
  kyc: 'approved' | 'pending',
): Promise<string> {
  const { id } = await alpaca.createAccount({
    contact: {
      emailAddress: email,
      phoneNumber: '+15555550100',
      streetAddress: ['1 Sandbox Street'],
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
  if (kyc === 'pending') return id;
  for (let poll = 0; poll < ACTIVE_POLLS; poll += 1) {
    if ((await alpaca.getAccount(id)).providerState === 'ACTIVE') return id;
    await sleep(ACTIVE_POLL_MS);
  }
  throw new Error('an account at the broker did not become active');
}

async function insertUser(
  pool: pg.Pool,
  user: { id: string; email: string; accountId: string; kyc: 'approved' | 'pending' },
): Promise<void> {
  await pool.query('insert into users (id, auth_provider_id, email) values ($1, $2, $3)', [
    user.id,
    `ready:${user.id}`,
    user.email,
  ]);
  const events = user.kyc === 'approved' ? ['submitted', 'approved'] : ['submitted'];
  for (const event of events)
    await pool.query(`select transition('kyc', $1, $2, '1', '{}')`, [user.id, event]);
  // The account comes last: the broker's word that it is open would find an application that is pending, and the
  // onboarding that begins with it would open other wallets in the place of these.
  await pool.query('update users set alpaca_account_id = $2 where id = $1', [user.id, user.accountId]);
}

interface WalletNeeds {
  readonly circle: CircleClient;
  readonly pool: pg.Pool;
  readonly network: Config['circle']['network'];
  readonly walletSetId: string;
}

async function openWallets<C extends Chain>(
  { circle, pool, network, walletSetId }: WalletNeeds,
  userId: string,
  chains: readonly C[],
): Promise<Record<C, ReadyWallet>> {
  const opened = await circle.createWallets({
    ...{ idempotencyKey: randomUUID(), walletSetId, refId: userId },
    chains: [...chains],
  });
  const entries = opened.map(async (wallet) => {
    const { rows } = await pool.query<{ id: string }>(
      'insert into wallets (user_id, chain, address, circle_wallet_id) values ($1, $2, $3, $4) returning id',
      [userId, wallet.chain, wallet.address, wallet.id],
    );
    const id = rows[0]?.id ?? '';
    await pool.query(`select transition('wallet', $1, 'created', '1', '{}')`, [id]);
    if (wallet.chain === null) throw new Error('a wallet was made on a chain that nobody asked for');
    const blockchain = toBlockchain(network, wallet.chain);
    return [wallet.chain, { id, circleWalletId: wallet.id, address: wallet.address, blockchain }] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<C, ReadyWallet>;
}
