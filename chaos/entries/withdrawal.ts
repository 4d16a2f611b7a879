/** Withdrawals in a campaign: asked for over HTTP with the passcode given, some twice, some called back. */
import { randomBytes, randomUUID } from 'node:crypto';
import { toBlockchain } from '../../activities/providers/circle/chains.ts';
import { checksumEvmAddress } from '../../domain/funding/address-rules.ts';
import type { Chain } from '../../domain/funding/chain.ts';
import type { WithdrawalPolicy } from '../../domain/funding/withdrawal-rules.ts';
import { parseUnits } from '../../domain/money.ts';
import type { ReadyCustomer } from '../../scripts/stack/ready-customer.ts';
import type { Entry, Invariant } from '../entry.ts';
import type { World } from '../world.ts';

const QUICK: WithdrawalPolicy = {
  lookUpAfterSeconds: [2, 5, 10],
  reviewAfterSeconds: 60,
  giveUpAfterSeconds: 30,
  retryAfterSeconds: [2],
  attempts: 2,
  reviewDueSeconds: 3_600,
  approvalExpiresSeconds: 3_600,
};
const EVM_CHAINS = ['ethereum', 'base', 'polygon'] as const satisfies readonly Chain[];
const REQUEST_MS = 30_000;

const paidOutOnce: Invariant = {
  holds: 'every address outside received the sum of its completed withdrawals, and not a cent more',
  check: async ({ pool, control, config }) => {
    const { rows } = await pool.query<{ chain: Chain; address: string; net: string; n: string }>(
      `select chain, destination_address as address, count(*) as n,
         coalesce(sum(net_usd) filter (where status = 'complete'), 0)::text as net
       from withdrawals group by 1, 2`,
    );
    const { accounts } = await control<{ accounts: { account: string; asset: string; balance: string }[] }>(
      'GET',
      `/control/books?prefix=${encodeURIComponent('world:chain:')}`,
    );
    const received = new Map(
      accounts.map(({ account, asset, balance }) => [`${account} ${asset}`, BigInt(balance)]),
    );
    const breaches = rows.flatMap(({ chain, address, net }) => {
      const code = toBlockchain(config.circle.network, chain);
      const there = received.get(`world:chain:${code}:${address.toLowerCase()} USDC:${code}`) ?? 0n;
      return there === parseUnits(net)
        ? []
        : [`${address} on ${chain} received ${there}, owed were ${net} USDC`];
    });
    const asked = rows.reduce((sum, { n }) => sum + Number(n), 0);
    return { shown: `${asked} withdrawals to ${rows.length} addresses`, breaches };
  },
};

const heldForOpenOnes: Invariant = {
  holds: 'what is held for a customer is what their open withdrawals hold',
  check: async ({ pool }) => {
    const { rows } = await pool.query<{ breach: string }>(
      `select 'customer ' || u.id || ' has ' || ledger_balance('customer_held', u.id) || ' held for '
         || coalesce(w.units, 0) as breach
       from users u left join (
         select user_id, sum(amount_usd * 1000000)::bigint as units from withdrawals
         where status in ('pending', 'awaiting_approval', 'broker_withdrawal_initiated') group by 1) w
         on w.user_id = u.id
       where ledger_balance('customer_held', u.id) <> coalesce(w.units, 0)`,
    );
    const shown = await pool.query<{ n: string }>(
      `select count(*) as n from ledger_accounts where kind = 'customer_held'`,
    );
    return { shown: `${shown.rows[0]?.n} accounts`, breaches: rows.map(({ breach }) => breach) };
  },
};

/** One address outside per customer and chain: what arrives there came from that customer. */
const addresses = new Map<string, string>();

export const withdrawalEntry: Entry = {
  lifecycle: 'withdrawal',
  share: 1,
  prepare: async ({ pool }) => {
    const limits = { perDayUsd: '1000000.00', perHour: 10_000, companyPerDayUsd: '100000000.00' };
    for (const [key, value] of Object.entries({ withdrawal_policy: QUICK, withdrawal_limits: limits }))
      await pool.query(
        `insert into settings (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value`,
        [key, JSON.stringify(value)],
      );
  },
  start: async (world, customer, random) => {
    const addressId = await addressOf(world, customer, random.pick(EVM_CHAINS));
    // Below the amounts with which a tester tells the sandbox what shall come of a transfer (66.61 to 66.65).
    const body = { address_id: addressId, amount_usd: (random.integer(200, 6_600) / 100).toFixed(2) };
    const key = randomUUID();
    const ask = () => call(world, customer, '/v1/withdrawals', key, body);
    // An impatient app asks twice at once, with the same key.
    const [answer] = await Promise.all(random.chance(0.2) ? [ask(), ask().catch(() => undefined)] : [ask()]);
    if (answer?.status !== 201) return 0;
    const { id } = answer.body as { id: string };
    if (random.chance(0.1)) await call(world, customer, `/v1/withdrawals/${id}/cancel`, randomUUID());
    return 1;
  },
  settledWhen: `t.waiting_for in ('broker_approval')`,
  invariants: [paidOutOnce, heldForOpenOnes],
};

async function addressOf({ pool }: World, { id: userId }: ReadyCustomer, chain: Chain): Promise<string> {
  const key = `${userId} ${chain}`;
  const known = addresses.get(key);
  if (known) return known;
  const id = randomUUID();
  const address = checksumEvmAddress(`0x${randomBytes(20).toString('hex')}`);
  await pool.query(
    `insert into withdrawal_addresses (id, user_id, chain, address, address_key, label, usable_at)
     values ($1, $2, $3, $4, lower($4), 'Campaign', now())`,
    [id, userId, chain, address],
  );
  await pool.query(`select transition('address', $1, 'cooled_down', '1', '{}')`, [id]);
  addresses.set(key, id);
  return id;
}

async function call(world: World, customer: ReadyCustomer, path: string, key: string, body?: object) {
  const response = await fetch(`${world.api}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await world.token(customer.id, 'user')}`,
      'step-up-token': await world.stepUp(customer.id),
      'idempotency-key': key,
    },
    body: JSON.stringify(body ?? {}),
    signal: AbortSignal.timeout(REQUEST_MS),
  });
  return { status: response.status, body: (await response.json()) as unknown };
}
