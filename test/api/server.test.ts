/** The API as a process: it starts, is ready, answers, and stops without losing a request. */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack({ start: ['api'] });
});
afterAll(() => stack.stop());

test('it is ready when Postgres and Temporal answer', async () => {
  expect(await stack.call('GET', '/readyz')).toMatchObject({ status: 200, body: { status: 'ok' } });
});

test('what is not HTTP is answered with a problem', async () => {
  const { port } = new URL(stack.config.api.publicUrl);
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json/);
  expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({
    code: 'malformed_request',
    status: 400,
  });
});

test('a wrong environment is one message that lists everything, and no ready line', async () => {
  const child = spawn(process.execPath, ['api/server.ts'], { env: { PATH: process.env.PATH ?? '' } });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    said.out += chunk.toString();
  });
  child.stderr.on('data', (chunk) => {
    said.err += chunk.toString();
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  expect([code, said.out]).toEqual([1, '']);
  for (const name of ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'AUTH_SIGNING_KEY'])
    expect(said.err).toContain(name);
});

test('a stop lets a running request and an open stream end', async () => {
  const { rows } = await stack.database.pool.query<{ user_id: string; deposit_id: string }>(
    `with u as (insert into users (auth_provider_id) values ('test:stop') returning id),
     w as (insert into wallets (user_id, chain) select id, 'base' from u returning id, user_id)
     insert into deposits (id, user_id, wallet_id, chain, circle_transaction_id, token, amount_stablecoin)
     select gen_random_uuid(), user_id, id, 'base', 'c1', 'USDC', 1 from w returning id as deposit_id, user_id`,
  );
  const { user_id, deposit_id } = rows[0] as { user_id: string; deposit_id: string };
  const token = await stack.token(user_id);
  const stream = await fetch(`${stack.config.api.publicUrl}/v1/deposits/${deposit_id}/events`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(stream.status).toBe(200);
  const [text] = await Promise.all([stream.text(), stack.api.stop()]);
  expect(text).toMatch(/^retry: 2000\n\n/);
  await stack.api.restart();
  expect((await stack.call('GET', '/v1/me', { token })).status).toBe(200);
});
