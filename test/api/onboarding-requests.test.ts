/** The identity check as the app meets it: what is missing, what is handed on, what is refused. */
import { type ApiUnderTest, startApi } from './api-under-test.ts';
import { APPLICATION } from './examples.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const kyc = async (token: string) => (await api.call('GET', '/v1/me/kyc', { token })).body;
const submit = (token: string, change: object = {}) =>
  api.call('POST', '/v1/me/kyc', { token, body: { ...APPLICATION, ...change } });

test('a new user is told what to do', async () => {
  const { token } = await api.user();
  expect(await kyc(token)).toMatchObject({
    status: 'not_started',
    missing: ['application', 'passcode'],
    next: 'Send the application with POST /v1/me/kyc.',
  });
});

test('what the broker asks for is named', async () => {
  const { id, token } = await api.user();
  const kycResults = {
    indeterminate: { IDENTITY_VERIFICATION: {}, ADDRESS_VERIFICATION: {} },
    reject: {},
    accept: {},
  };
  await api.database.pool.query('update users set kyc_results = $2 where id = $1', [id, kycResults]);
  await api.database.pool.query(`select transition('kyc', $1, 'submitted', '1')`, [id]);
  await api.database.pool.query(`select transition('kyc', $1, 'document_required', '1')`, [id]);
  expect((await kyc(token)).missing).toEqual([
    'passcode',
    'document:ADDRESS_VERIFICATION',
    'document:IDENTITY_VERIFICATION',
  ]);
});

test('an application is handed on whole, with when and from where the agreements were accepted', async () => {
  const { id, token } = await api.user();
  const answer = await submit(token);
  expect(answer).toMatchObject({ status: 202, body: { status: 'accepted' } });
  const { agreements, ...rest } = APPLICATION;
  expect(api.asked.at(-1)).toMatchObject({
    what: 'submit',
    request: {
      userId: id,
      requestId: answer.headers.get('x-request-id'),
      application: {
        ...rest,
        agreements: [
          { agreement: agreements[0], ip_address: '127.0.0.1', signed_at: expect.stringMatching(/Z$/) },
        ],
      },
    },
  });
});

test.each([
  ['a minor', { date_of_birth: new Date().toISOString().slice(0, 10) }, '/date_of_birth'],
  ['a day that is none', { date_of_birth: '1990-02-30' }, '/date_of_birth'],
  ['no state in the USA', { state: undefined }, '/state'],
  ['a country of two letters', { country: 'US' }, '/country'],
  ['the customer agreement not accepted', { agreements: ['margin_agreement'] }, '/agreements'],
  ['a number that is no SSN', { tax_id: '44-5' }, '/tax_id'],
  ['an SSN that is never issued', { tax_id: '666-55-4321' }, '/tax_id'],
  ['no source of funds', { funding_source: [] }, '/funding_source'],
  ['a wrong entry in a list', { funding_source: ['savings', 'gold'] }, '/funding_source/1'],
])('an application with %s is refused and not handed on', async (_name, change, pointer) => {
  const { token } = await api.user();
  const before = api.asked.length;
  const { status, body } = await submit(token, change);
  expect([status, body.errors.map((error: { pointer: string }) => error.pointer)]).toEqual([400, [pointer]]);
  expect(api.asked).toHaveLength(before);
});

test('nothing of an application is logged', () => {
  const log = api.logged.join('');
  for (const secret of [APPLICATION.tax_id, APPLICATION.family_name, APPLICATION.email_address]) {
    expect(log).not.toContain(secret);
  }
});

test('an application that is not open, and a document nobody asked for, are refused', async () => {
  const closed = await startApi({
    onboarding: { submit: async () => 'not_open', addDocument: async () => 'not_open' },
  });
  try {
    const { token } = await closed.user();
    const document = { document_type: 'w8ben', mime_type: 'application/pdf', content: 'aGVsbG8=' };
    const answers = [
      await closed.call('POST', '/v1/me/kyc', { token, body: APPLICATION }),
      await closed.call('POST', '/v1/me/kyc/documents', { token, body: document }),
    ];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [409, 'kyc_not_open'],
      [409, 'kyc_not_open'],
    ]);
  } finally {
    await closed.stop();
  }
});

test('a document of 10 MB passes, a larger one does not', async () => {
  const { token } = await api.user();
  const upload = (bytes: number) =>
    api.call('POST', '/v1/me/kyc/documents', {
      token,
      body: {
        document_type: 'w8ben',
        mime_type: 'application/pdf',
        content: Buffer.alloc(bytes).toString('base64'),
      },
    });
  expect((await upload(10 * 1024 * 1024)).status).toBe(202);
  expect([400, 413]).toContain((await upload(10 * 1024 * 1024 + 3)).status);
});

test.each([
  ['a proxy that is trusted', ['127.0.0.1'], '203.0.113.9'],
  ['anybody else', [], '127.0.0.1'],
])(
  'the address behind %s is the one that accepted the agreements',
  async (_name, trustedProxies, address) => {
    const behind = await startApi({ trustedProxies });
    try {
      const { token } = await behind.user();
      const headers = { 'x-forwarded-for': '203.0.113.9' };
      await behind.call('POST', '/v1/me/kyc', { token, body: APPLICATION, headers });
      expect(behind.asked[0]?.request).toMatchObject({
        application: { agreements: [{ ip_address: address }] },
      });
    } finally {
      await behind.stop();
    }
  },
);
