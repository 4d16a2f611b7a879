/** A customer with cash and an address to withdraw to, through the API as an app does it. */
import { randomBytes } from 'node:crypto';
import { createTokenAuthority, type TokenAuthority } from '../../api/auth/tokens.ts';
import { checksumEvmAddress } from '../../domain/funding/address-rules.ts';
import type { Chain } from '../../domain/funding/chain.ts';
import { type Customer, createCustomer } from './customer.ts';
import { eventually } from './eventually.ts';
import type { TestStack } from './stack.ts';

export interface Withdrawer extends Customer {
  readonly token: string;
  /** The headers of a request that moves money: the passcode was given. */
  readonly confirmed: Readonly<Record<string, string>>;
  /** Adds an address and waits until it is usable; answers its id. */
  usableAddress(address?: string, chain?: Chain): Promise<string>;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads fields of answers whose shape other tests check.
  readonly body: any;
}

/** Stores a setting, as the admin API does. */
export async function setSetting(
  stack: Pick<TestStack, 'database'>,
  key: string,
  value: object,
): Promise<void> {
  await stack.database.pool.query(
    `insert into settings (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value`,
    [key, JSON.stringify(value)],
  );
}

/** A fresh EVM address with its checksum. */
export function freshAddress(): string {
  return checksumEvmAddress(`0x${randomBytes(20).toString('hex')}`);
}

/** Opens accounts and wallets, and deposits `cash` dollars where that is more than none. */
export async function createWithdrawer(stack: TestStack, cash = '0'): Promise<Withdrawer> {
  const customer = await createCustomer(stack);
  if (cash !== '0') {
    await customer.receive({ amount: cash, chain: 'base' });
    await customer.depositReaches('broker_funded');
  }
  const token = await stack.token(customer.id);
  const confirmed = { 'step-up-token': await stepUpFor(stack, customer.id) };
  const usableAddress = async (address = freshAddress(), chain: Chain = 'base'): Promise<string> => {
    const body = { chain, address, label: 'Mine' };
    const added = await stack.call('POST', '/v1/addresses', { token, body, headers: confirmed });
    if (added.status !== 201) throw new Error(`the address was not taken: ${JSON.stringify(added.body)}`);
    const { id } = added.body as { id: string };
    await addressReaches(stack, token, id, 'active');
    return id;
  };
  return { ...customer, token, confirmed, usableAddress };
}

let authority: Promise<TokenAuthority> | undefined;

/** A step-up token as the passcode gives one. */
export async function stepUpFor(stack: TestStack, userId: string): Promise<string> {
  authority ??= createTokenAuthority(stack.config.auth);
  return (await (await authority).issue({ userId, role: 'user' }, 'step_up', 3_600)).token;
}

/** Waits until the address stands there. */
export function addressReaches(
  stack: TestStack,
  token: string,
  id: string,
  status: string,
): Promise<Record<string, unknown>> {
  return eventually(`the address is ${status}`, async () => {
    const { body } = await stack.call('GET', `/v1/addresses/${id}`, { token });
    if (body.status !== status) throw new Error(`it is ${body.status}`);
    return body as Record<string, unknown>;
  });
}

/** Asks for a withdrawal once, and again with the same key while the answer is that it takes longer. */
export async function withdraw(
  stack: TestStack,
  who: Pick<Withdrawer, 'token' | 'confirmed'>,
  body: object,
  idempotencyKey = randomBytes(12).toString('hex'),
): Promise<Answer> {
  return eventually(
    'the request is answered',
    async () => {
      const call = { token: who.token, headers: who.confirmed, body, idempotencyKey };
      const answer = await stack.call('POST', '/v1/withdrawals', call);
      const isEarly = ['idempotency_in_progress', 'service_unavailable'].includes(answer.body?.code);
      return isEarly ? undefined : answer;
    },
    { timeoutMs: 120_000, everyMs: 500 },
  );
}

/** A member of staff of the test's own. */
export async function newStaff(
  stack: TestStack,
  role: 'support' | 'admin' = 'support',
): Promise<{ id: string; token: string }> {
  const { rows } = await stack.database.pool.query<{ id: string }>(
    'insert into users (auth_provider_id, role) values ($1, $2) returning id',
    [`test:${randomBytes(8).toString('hex')}`, role],
  );
  const id = rows[0]?.id ?? '';
  return { id, token: await stack.token(id, role) };
}
