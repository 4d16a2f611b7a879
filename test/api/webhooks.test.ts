/** Whatever is sent to a webhook: what cannot be verified is turned away with a 4xx problem and leaves no trace. */
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack({ start: ['api'] });
});
afterAll(() => stack?.stop());

const KEY = '7f2b1f0a-3c1d-4f44-9a54-5b5b0d5d7c11';

async function send(path: string, body: string | Buffer, headers: Record<string, string> = {}) {
  const response = await fetch(`${stack.config.api.publicUrl}/v1/webhooks/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: new Uint8Array(Buffer.from(body)),
  });
  return { status: response.status, problem: await response.json().catch(() => null) };
}

const BODIES: Record<string, string | Buffer> = {
  'an empty body': '',
  'no JSON': 'not json',
  'a list': '[]',
  null: 'null',
  'another shape': '{"a":1}',
  'an SNS message signed by a stranger': JSON.stringify({
    Type: 'Notification',
    MessageId: 'm',
    TopicArn: 'arn:aws:sns:us-east-1:1:t',
    Message: '{}',
    Timestamp: '2026-01-01T00:00:00Z',
    SignatureVersion: '2',
    Signature: 'AAAA',
    SigningCertURL: 'https://evil.example/cert.pem',
  }),
  'bytes that are no text': Buffer.from([0xff, 0xfe, 0x00, 0x80]),
  'deep nesting': `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
};

describe.each(['circle', 'mint'])('%s', (company) => {
  test.each(Object.keys(BODIES))('%s is a 401', async (name) => {
    const answer = await send(company, BODIES[name] ?? '');
    expect(answer.status).toBe(401);
    expect(answer.problem).toMatchObject({ code: 'webhook_not_verified', status: 401 });
  });

  test('a body beyond the limit is a 413', async () => {
    const answer = await send(company, 'x'.repeat(300_000));
    expect(answer).toMatchObject({ status: 413, problem: { code: 'payload_too_large' } });
  });

  test('GET is not served', async () => {
    const response = await fetch(`${stack.config.api.publicUrl}/v1/webhooks/${company}`);
    expect(response.status).toBe(404);
  });
});

test.each([
  ['no signature', {}],
  ['a signature without a key', { 'x-circle-signature': 'AAAA' }],
  [
    'a key id that is no UUID',
    { 'x-circle-signature': 'AAAA', 'x-circle-key-id': "'; drop table users; --" },
  ],
  ['a key that Circle does not know', { 'x-circle-signature': 'AAAA', 'x-circle-key-id': KEY }],
  ['a signature that is no base64', { 'x-circle-signature': '%%%', 'x-circle-key-id': KEY }],
])('Circle with %s is a 401', async (_name, headers) => {
  const answer = await send('circle', '{"notificationId":"a"}', headers);
  expect(answer).toMatchObject({ status: 401, problem: { code: 'webhook_not_verified' } });
});

test('an unknown company is a 404', async () => {
  expect(await send('paypal', '{}')).toMatchObject({ status: 404, problem: { code: 'route_not_found' } });
});

test('nothing of all this was stored', async () => {
  const { rows } = await stack.database.pool.query('select count(*)::int as n from inbound_events');
  expect(rows[0].n).toBe(0);
});
