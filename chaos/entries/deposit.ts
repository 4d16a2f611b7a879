/** Deposits in a campaign: USDC comes in on any chain, alone or several in one chain transaction, also as dust. */
import { createCircleClient } from '../../activities/providers/circle/client.ts';
import { CHAINS } from '../../domain/funding/chain.ts';
import type { DepositPolicy } from '../../domain/funding/deposit-policy.ts';
import { paymentsByLifecycle } from '../books.ts';
import type { Entry, Invariant } from '../entry.ts';
import type { Random } from '../random.ts';
import type { World } from '../world.ts';

const QUICK: DepositPolicy = {
  lookUpAfterSeconds: [2, 5, 10],
  reviewAfterSeconds: 60,
  giveUpAfterSeconds: 30,
  retryAfterSeconds: [2],
  offRampAttempts: 3,
  reviewDueSeconds: 3_600,
};
const DAY_MS = 24 * 3_600 * 1_000;

/** Whose money has moved for a deposit that stands there, when it carries whole cents. */
const PAID: Readonly<Record<string, readonly string[]>> = {
  confirmed_on_chain: [],
  off_ramp_initiated: ['circle'],
  off_ramp_complete: ['circle'],
  broker_funded: ['alpaca', 'circle'],
  returned: ['circle'],
};

const everyTransferIsOneDeposit: Invariant = {
  holds: 'every transfer that Circle knows is one deposit in its amount, and no deposit is without one',
  check: async (world) => {
    const theirs = await inboundTransfers(world);
    const { rows } = await world.pool.query<{ id: string; amount: string }>(
      'select circle_transaction_id as id, trim_scale(amount_stablecoin)::text as amount from deposits',
    );
    const ours = new Map(rows.map(({ id, amount }) => [id, amount]));
    const missing = [...theirs.keys()].filter((id) => !ours.has(id));
    const extra = [...ours.keys()].filter((id) => !theirs.has(id));
    // A forged event raises the amount.
    const other = [...theirs].filter(([id, sum]) => ours.has(id) && Number(ours.get(id)) !== Number(sum));
    return {
      shown: `${theirs.size} transfers at Circle, ${ours.size} deposits`,
      breaches: [
        ...missing.map((id) => `Circle's transfer ${id} is no deposit`),
        ...extra.map((id) => `a deposit names the transfer ${id}, which Circle does not know`),
        ...other.map(([id, sum]) => `the transfer ${id} is ${sum} at Circle and ${ours.get(id)} here`),
      ],
    };
  },
};

const eachEffectOnce: Invariant = {
  holds: 'for each deposit exactly the transfers and journals that its state needs were paid, in its amount',
  check: async (world) => {
    const paid = await paymentsByLifecycle(world, 'deposit');
    const { rows } = await world.pool.query<{ id: string; status: string; amount_usd: string | null }>(
      `select id, status, amount_usd::text from deposits where waiting_for is distinct from 'review'`,
    );
    const breaches = rows.flatMap(({ id, status, amount_usd }) => {
      const wanted = amount_usd === null || Number(amount_usd) === 0 ? [] : PAID[status];
      if (wanted === undefined) return [];
      const moved = (paid.get(id) ?? []).filter(({ effective }) => effective);
      const companies = moved.map(({ company }) => company).sort();
      const wrong = moved.filter(({ amount }) => Number(amount) !== Number(amount_usd));
      return companies.join() === wanted.join() && wrong.length === 0
        ? []
        : [`deposit ${id} (${status}, ${amount_usd}): paid by ${companies.join(' and ') || 'nobody'}`];
    });
    return { shown: `${rows.length} deposits against ${paid.size} paid for`, breaches };
  },
};

export const depositEntry: Entry = {
  lifecycle: 'deposit',
  share: 1,
  prepare: async ({ pool }) => {
    await pool.query(
      `insert into settings (key, value) values ('deposit_policy', $1)
       on conflict (key) do update set value = excluded.value`,
      [JSON.stringify(QUICK)],
    );
  },
  start: async (world, customer, random) => {
    const { address: to, blockchain } = customer.wallets[random.pick(CHAINS)];
    const transfers = Array.from({ length: random.chance(0.1) ? 3 : 1 }, () => ({
      to,
      amount: amount(random),
    }));
    await world.control('POST', '/control/chain/transfers', { blockchain, token: 'USDC', transfers });
    return transfers.length;
  },
  settledWhen: `t.status in ('broker_funded', 'failed', 'refunded', 'returned')
    or t.waiting_for in ('next_deposit', 'carrier', 'broker_approval')`,
  invariants: [everyTransferIsOneDeposit, eachEffectOnce],
};

/**
 * Near the amounts with which a tester tells the sandbox what shall come of a transfer (66.61 to 66.65): one of them
 * stays at Circle for ever.
 */
const isMarked = (units: number): boolean => units >= 66_500_000 && units < 66_700_000;

/** Millionths of a dollar: mostly whole cents with a tail, sometimes dust. */
function amount(random: Random): string {
  const units = random.chance(0.1) ? random.integer(1, 9_999) : random.integer(10_000, 900_000_000);
  return ((isMarked(units) ? units + 1_000_000 : units) / 1_000_000).toFixed(6);
}

/** Amount by id. */
async function inboundTransfers(world: World): Promise<Map<string, string>> {
  const circle = createCircleClient(world.config.circle);
  const since = new Date(Date.now() - DAY_MS).toISOString();
  const wallets = await world.pool.query<{ id: string }>('select circle_wallet_id as id from wallets');
  // What comes into our own treasury wallets is no deposit.
  const customers = new Set(wallets.rows.map(({ id }) => id));
  const found = new Map<string, string>();
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof circle.listInbound>> = await circle.listInbound({
      since,
      ...(cursor !== null && { cursor }),
    });
    for (const { id, amount: sum, walletId } of page.transactions)
      if (customers.has(walletId ?? '')) found.set(id, sum ?? '');
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}
