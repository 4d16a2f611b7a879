/** Customers who are ready to deposit: account open at the broker, a wallet at Circle, both in the books. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { createAlpacaClient } from '../../activities/providers/alpaca/client.ts';
import { toBlockchain } from '../../activities/providers/circle/chains.ts';
import { createCircleClient } from '../../activities/providers/circle/client.ts';
import type { Config } from '../../config.ts';

const CHAIN = 'ethereum';
const ACTIVE_POLLS = 500;
const ACTIVE_POLL_MS = 20;

export interface Depositor {
  readonly userId: string;
  /** Circle's word for the chain, and the wallet's address there: where USDC is sent. */
  readonly blockchain: string;
  readonly address: string;
}

/** Makes `count` customers through the providers' own APIs, as onboarding does. */
export async function createDepositors(config: Config, pool: pg.Pool, count: number): Promise<Depositor[]> {
  const circle = createCircleClient(config.circle);
  const set = await circle.createWalletSet({ idempotencyKey: randomUUID(), name: 'Benchmark customers' });
  return Promise.all(Array.from({ length: count }, () => createDepositor(config, pool, set.id)));
}

async function createDepositor(config: Config, pool: pg.Pool, walletSetId: string): Promise<Depositor> {
  const userId = randomUUID();
  const email = `${userId}@customers.example`;
  const accountId = await openAccount(config, email);
  await pool.query(
    'insert into users (id, auth_provider_id, email, alpaca_account_id) values ($1, $2, $3, $4)',
    [userId, `bench:${userId}`, email, accountId],
  );
  for (const event of ['submitted', 'approved'])
    await pool.query(`select transition('kyc', $1, $2, '1', '{}')`, [userId, event]);
  const [wallet] = await createCircleClient(config.circle).createWallets({
    idempotencyKey: randomUUID(),
    walletSetId,
    chains: [CHAIN],
    refId: userId,
  });
  if (!wallet) throw new Error('Circle made no wallet');
  const { rows } = await pool.query<{ id: string }>(
    'insert into wallets (user_id, chain, address, circle_wallet_id) values ($1, $2, $3, $4) returning id',
    [userId, CHAIN, wallet.address, wallet.id],
  );
  await pool.query(`select transition('wallet', $1, 'created', '1', '{}')`, [rows[0]?.id]);
  return { userId, blockchain: toBlockchain(config.circle.network, CHAIN), address: wallet.address };
}

async function openAccount(config: Config, email: string): Promise<string> {
  const alpaca = createAlpacaClient(config.alpaca);
  const { id } = await alpaca.createAccount({
    contact: {
      emailAddress: email,
      phoneNumber: '+15555550100',
      streetAddress: ['1 Benchmark Street'],
      city: 'San Mateo',
      state: 'CA',
      postalCode: '94401',
      country: 'USA',
    },
    identity: {
      givenName: 'Ada',
      familyName: 'Lovelace',
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
  for (let poll = 0; poll < ACTIVE_POLLS; poll += 1) {
    if ((await alpaca.getAccount(id)).providerState === 'ACTIVE') return id;
    await sleep(ACTIVE_POLL_MS);
  }
  throw new Error('an account at the broker did not become active');
}
