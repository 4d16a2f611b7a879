/** Puts a customer's money into the database the way the lifecycles do: by the same functions. */
import { randomUUID } from 'node:crypto';
import type { ApiUnderTest } from './api-under-test.ts';

export interface Customer {
  readonly id: string;
  readonly token: string;
  readonly walletId: string;
  readonly circleWalletId: string;
}

/** A user with one active wallet. */
export async function customer(
  api: ApiUnderTest,
  chain = 'base',
  columns: Record<string, unknown> = {},
): Promise<Customer> {
  const { id, token } = await api.user('user', columns);
  const circleWalletId = randomUUID();
  const { rows } = await api.database.pool.query(
    `insert into wallets (user_id, chain, address, circle_wallet_id) values ($1, $2, $3, $4) returning id`,
    [id, chain, '0x52908400098527886E0F7030069857D2E4169EE7', circleWalletId],
  );
  const walletId = rows[0].id as string;
  await api.database.pool.query(`select transition('wallet', $1, 'created', '1')`, [walletId]);
  return { id, token, walletId, circleWalletId };
}

/** A deposit that was just seen on chain. */
export async function seenDeposit(api: ApiUnderTest, owner: Customer, amount: string): Promise<string> {
  const id = randomUUID();
  const report = {
    circle_transaction_id: randomUUID(),
    circle_wallet_id: owner.circleWalletId,
    token: 'USDC',
    amount,
    tx_hash: `0x${id.replaceAll('-', '')}`,
  };
  await api.database.pool.query('select deposit_seen($1, $2)', [id, JSON.stringify(report)]);
  return id;
}

/** The deposit is final on chain. */
export async function confirmDeposit(api: ApiUnderTest, id: string): Promise<void> {
  await api.database.pool.query('select deposit_confirmed($1, $2)', [id, '{}']);
}

/** Reports an event of a deposit, with what is written beside it. */
export async function move(
  api: ApiUnderTest,
  id: string,
  event: string,
  details: object = {},
): Promise<void> {
  await api.database.pool.query(`select transition('deposit', $1, $2, '1', $3)`, [
    id,
    event,
    JSON.stringify(details),
  ]);
}
