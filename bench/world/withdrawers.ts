/** Customers who take money out: with dollars at the broker, an address of their own, and the passcode given. */
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTokenAuthority } from '../../api/auth/tokens.ts';
import { checksumEvmAddress } from '../../domain/funding/address-rules.ts';
import { runDeposits, settle } from '../measure/deposits.ts';
import { createDepositors } from './customers.ts';
import type { World } from './world.ts';

/** Where withdrawals go. */
export const WITHDRAWAL_CHAIN = 'base';
/** Enough for every withdrawal of a round. */
const CASH_USD = '2000.00';
/** The usual limits are for people, not for somebody who asks again and again. */
const LIMITS = { perDayUsd: '1000000.00', perHour: 100_000, companyPerDayUsd: '100000000.00' };
const TOKEN_SECONDS = 3_600;
const SETUP_POLLS = 600;
const SETUP_POLL_MS = 50;

export interface Withdrawer {
  readonly userId: string;
  /** Entry of the address book. */
  readonly addressId: string;
  /** Of a request that moves money, without its idempotency key. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Makes `count` of them. Their dollars come from deposits, which also fill our account at Mint. */
export async function createWithdrawers(world: World, count: number): Promise<Withdrawer[]> {
  const { config, pool } = world;
  await pool.query(
    `insert into settings (key, value) values ('withdrawal_limits', $1)
     on conflict (key) do update set value = excluded.value`,
    [JSON.stringify(LIMITS)],
  );
  await treasuryReady(world);
  const depositors = await createDepositors(config, pool, count);
  await runDeposits(world, depositors, count, { amount: CASH_USD });
  await settle(world);
  const authority = await createTokenAuthority(config.auth);
  return Promise.all(
    depositors.map(async ({ userId }) => {
      const caller = { userId, role: 'user' } as const;
      const access = await authority.issue(caller, 'access', TOKEN_SECONDS);
      const stepUp = await authority.issue(caller, 'step_up', TOKEN_SECONDS);
      const headers = { authorization: `Bearer ${access.token}`, 'step-up-token': stepUp.token };
      return { userId, addressId: await addAddress(world, userId), headers };
    }),
  );
}

/** An entry of the address book that has rested already. */
async function addAddress({ pool }: World, userId: string): Promise<string> {
  const id = randomUUID();
  await pool.query(
    `insert into withdrawal_addresses (id, user_id, chain, address, address_key, label, usable_at)
     values ($1, $2, $3, $4, lower($4), 'Benchmark', now())`,
    [id, userId, WITHDRAWAL_CHAIN, checksumEvmAddress(`0x${randomBytes(20).toString('hex')}`)],
  );
  await pool.query(`select transition('address', $1, 'cooled_down', '1', '{}')`, [id]);
  return id;
}

/** The worker opens our own wallets when it starts, and makes them known to Mint. */
async function treasuryReady({ pool }: World): Promise<void> {
  for (let poll = 0; poll < SETUP_POLLS; poll += 1) {
    const { rowCount } = await pool.query(
      'select 1 from treasury_wallets where chain = $1 and mint_recipient_id is not null',
      [WITHDRAWAL_CHAIN],
    );
    if (rowCount) return;
    await sleep(SETUP_POLL_MS);
  }
  throw new Error('our own wallets were not opened in time');
}
