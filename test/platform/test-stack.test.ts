/** The stack that tests start is the real one: worker and API as processes, against the sandbox. */
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack({ killableSandbox: true });
});
afterAll(() => stack.stop());

async function isReady(): Promise<boolean> {
  return (await stack.call('GET', '/readyz')).status === 200;
}

test('the API answers and knows its own tokens', async () => {
  expect(await isReady()).toBe(true);
  const { rows } = await stack.database.pool.query<{ id: string }>(
    `insert into users (auth_provider_id) values ('test:stack') returning id`,
  );
  const token = await stack.token(rows[0]?.id ?? '');
  const me = await stack.call('GET', '/v1/me', { token });
  expect(me.status).toBe(200);
  expect(me.body.id).toBe(rows[0]?.id);
});

test.each(['worker', 'api'] as const)('a killed %s can be started again', async (name) => {
  const before = stack[name].pid();
  await stack[name].kill();
  await stack[name].restart();
  expect(stack[name].pid()).not.toBe(before);
  await eventually('the API is ready', isReady);
});

test('a killed sandbox comes back with the same addresses, credentials and books', async () => {
  const { facts } = stack.sandbox;
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '12.34' });
  const books = await stack.sandbox.control('GET', '/control/books');
  await stack.sandbox.kill?.();
  await stack.sandbox.restart?.();
  expect(stack.sandbox.facts).toEqual(facts);
  expect(await stack.sandbox.control('GET', '/control/books')).toEqual(books);
});
