/** Text messages go out as Twilio's Messages API wants them; a company that is down is said so. */
import { createSmsSender } from '../../api/auth/sms.ts';
import { sandboxInProcess, type TestSandbox } from '../support/sandbox.ts';
import { startApi } from './api-under-test.ts';

let sandbox: TestSandbox;
beforeAll(async () => {
  sandbox = await sandboxInProcess();
});
afterAll(() => sandbox.stop());

const options = () => ({
  baseUrl: sandbox.facts.sms.base_url,
  accountSid: sandbox.facts.sms.account_sid,
  authToken: sandbox.facts.sms.auth_token,
  from: sandbox.facts.sms.from,
});

test('a code arrives at the phone', async () => {
  const api = await startApi({ sms: createSmsSender(options()) });
  try {
    const to = '+15551110001';
    const answer = await api.call('POST', '/v1/auth/phone/start', { body: { phone_number: to } });
    expect(answer.status).toBe(202);
    const sent = await sandbox.control('GET', `/control/sms?to=${encodeURIComponent(to)}`);
    const code = /(\d{6}) is your Sluice code/.exec(JSON.stringify(sent))?.[1];
    const session = await api.call('POST', '/v1/auth/phone/verify', { body: { phone_number: to, code } });
    expect(session.status).toBe(200);
    expect(api.logged.join('')).not.toContain(code);
  } finally {
    await api.stop();
  }
});

test.each([
  ['does not answer', () => ({ ...options(), baseUrl: 'http://127.0.0.1:1' })],
  ['refuses our credentials', () => ({ ...options(), authToken: 'wrong' })],
])('a company that %s is named, and the same key works later', async (_name, broken) => {
  const api = await startApi({ sms: createSmsSender(broken()) });
  try {
    const call = { body: { phone_number: '+15551110002' }, idempotencyKey: 'same' };
    const first = await api.call('POST', '/v1/auth/phone/start', call);
    expect(first).toMatchObject({ status: 503, body: { detail: 'Text messages cannot be sent right now.' } });
    expect(first.headers.get('retry-after')).toBe('10');
    expect((await api.call('POST', '/v1/auth/phone/start', call)).status).toBe(503);
  } finally {
    await api.stop();
  }
});

test('a number that no message can reach is refused by its field', async () => {
  const api = await startApi({ sms: createSmsSender(options()) });
  try {
    const { status, body } = await api.call('POST', '/v1/auth/phone/start', {
      body: { phone_number: '+15005550001' },
    });
    expect([status, body.errors?.[0]?.pointer]).toEqual([400, '/phone_number']);
  } finally {
    await api.stop();
  }
});
