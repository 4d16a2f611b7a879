/** Things of every kind that a path can name, made for one call. */
import { randomUUID } from 'node:crypto';
import type { ObjectKind } from './access-decisions.ts';
import type { ApiUnderTest } from './api-under-test.ts';
import { type Customer, seenDeposit } from './money-fixture.ts';

/** The path parameters that name one object, and the table where it stands. */
export interface Named {
  readonly id: string;
  readonly table: string;
  readonly params: Readonly<Record<string, string>>;
}

const ADDRESS = '0x52908400098527886E0F7030069857D2E4169EE7';

/** Makes objects in one database; what belongs to a customer belongs to `owner`. */
export function objectMaker(api: ApiUnderTest, adminToken: string) {
  const wallets = new Map<string, Promise<{ id: string; circleWalletId: string }>>();
  const insert = async (text: string, values: unknown[]): Promise<string> =>
    (await api.database.pool.query<{ id: string }>(`insert into ${text} returning id`, values)).rows[0]?.id ??
    '';
  const walletOf = (owner: string) => {
    const circleWalletId = randomUUID();
    const made = wallets.get(owner) ?? createWallet(owner, circleWalletId);
    wallets.set(owner, made);
    return made;
  };
  const createWallet = async (owner: string, circleWalletId: string) => {
    const columns = 'wallets (user_id, chain, address, circle_wallet_id)';
    const values = [owner, `0x${randomUUID().replaceAll('-', '')}00000000`, circleWalletId];
    return { id: await insert(`${columns} values ($1, 'base', $2, $3)`, values), circleWalletId };
  };
  const asAdmin = async (path: string, body?: object): Promise<string> => {
    const made = await api.call('POST', path, { token: adminToken, ...(body && { body }) });
    return made.body.id ?? made.body.delivery_id;
  };
  const endpoint = () =>
    asAdmin('/v1/webhook-endpoints', { url: 'https://hooks.example.com/x', event_types: ['*'] });
  const run = () =>
    insert(
      `reconciliation_runs (id, cause, status, since) values ($1, 'schedule', 'done', now() - interval '1 day')`,
      [randomUUID()],
    );

  const make: Record<ObjectKind, (owner: string) => Promise<Named>> = {
    wallet: async (owner) => named('wallets', 'wallet_id', (await walletOf(owner)).id),
    deposit: async (owner) => {
      const { circleWalletId } = await walletOf(owner);
      const id = await seenDeposit(api, { circleWalletId } as Customer, '5');
      return { id, table: 'deposits', params: { deposit_id: id, id, kind: 'deposit' } };
    },
    address: async (owner) => {
      const values = [randomUUID(), owner, ADDRESS, randomUUID()];
      const columns = 'withdrawal_addresses (id, user_id, chain, address, address_key, label, usable_at)';
      const text = `${columns} values ($1, $2, 'base', $3, $4, 'Mine', now())`;
      return named('withdrawal_addresses', 'address_id', await insert(text, values));
    },
    withdrawal: async (owner) => {
      const columns = 'withdrawals (id, user_id, chain, destination_address, amount_usd, fee_usd, net_usd)';
      const text = `${columns} values ($1, $2, 'base', $3, '10.00', '1.00', '9.00')`;
      return named('withdrawals', 'withdrawal_id', await insert(text, [randomUUID(), owner, ADDRESS]));
    },
    notification: async (owner) => {
      const text = `notifications (user_id, kind, subject_id, body, reference)
        values ($1, 'deposit.confirmed_on_chain', $2, 'It is here.', 'r')`;
      return named('notifications', 'notification_id', await insert(text, [owner, randomUUID()]));
    },
    user: async () => named('users', 'user_id', (await api.user()).id),
    review: async (owner) => {
      const text = `reviews (lifecycle, subject_id, user_id, reason, detail, due_at)
        values ('deposit', $1, $2, 'off_ramp_failed', 'What happened.', now() + interval '1 hour')`;
      return named('reviews', 'review_id', await insert(text, [randomUUID(), owner]));
    },
    wire: async (owner) => {
      const wish = { kind: 'mint_to_alpaca', chain: null, amountUsd: '1000.00', reason: 'a reason' } as const;
      const ids = { userId: owner, requestId: 'made-for-test', operationId: randomUUID() };
      return named('wires', 'wire_id', await api.deps.wires.request({ ...ids, ...wish }));
    },
    run: async () => named('reconciliation_runs', 'run_id', await run()),
    break: async () => {
      const text = `reconciliation_breaks (key, kind, state, first_run, last_run, opened_at)
        values ($1, 'extra', 'open', $2, $2, now())`;
      return named('reconciliation_breaks', 'break_id', await insert(text, [randomUUID(), await run()]));
    },
    endpoint: async () => named('webhook_endpoints', 'endpoint_id', await endpoint()),
    delivery: async () => {
      const endpoint_id = await endpoint();
      const id = await asAdmin(`/v1/webhook-endpoints/${endpoint_id}/test`);
      return { id, table: 'webhook_deliveries', params: { endpoint_id, delivery_id: id } };
    },
  };
  return make;
}

function named(table: string, param: string, id: string): Named {
  return { id, table, params: { [param]: id } };
}
