/**
 * Accounts of the sandbox's Alpaca: applications, the identity check and its magic values, changes, closing.
 */
import { application, eventually, type Json, startWorld, type World } from './alpaca-world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(async () => {
  await world.sandbox.stop();
});

async function apply(changes: Parameters<typeof application>[0] = {}): Promise<string> {
  const { status, body } = await world.call('POST', '/v1/accounts', application(changes));
  expect(status).toBe(200);
  return String(body.id);
}

function account(id: string): Promise<Json> {
  return world.call('GET', `/v1/accounts/${id}`).then(({ body }) => body);
}

function reaches(id: string, status: string): Promise<Json> {
  return eventually(async () => {
    const found = await account(id);
    return found.status === status && found;
  });
}

const DOCUMENT = {
  document_type: 'identity_verification',
  document_sub_type: 'passport',
  mime_type: 'image/png',
  content: 'iVBORw0KGgo=',
};

describe('authentication', () => {
  test('a wrong secret is refused with 401 and the documented body', async () => {
    const authorization = `Basic ${Buffer.from('CK123:wrong').toString('base64')}`;
    const answer = await world.call('GET', '/v1/accounts', undefined, { authorization });
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({ code: 40110000, message: 'request is not authorized' });
  });

  test('client credentials buy a bearer token that opens the API', async () => {
    const { key = '', secret = '' } = world.sandbox.credentials.alpaca ?? {};
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: key,
      client_secret: secret,
    });
    const response = await fetch(`${world.baseUrl}/v1/oauth2/token`, { method: 'POST', body });
    const token = (await response.json()) as Json;
    expect(token).toMatchObject({ expires_in: 899, token_type: 'Bearer' });
    const authorization = `Bearer ${token.access_token}`;
    expect((await world.call('GET', '/v1/clock', undefined, { authorization })).status).toBe(200);
    const forged = { authorization: 'Bearer something-else' };
    expect((await world.call('GET', '/v1/clock', undefined, forged)).status).toBe(401);
  });

  test('every answer carries the rate limit and a request id', async () => {
    const { headers } = await world.call('GET', '/v1/clock');
    expect(Number(headers.get('x-ratelimit-limit'))).toBeGreaterThan(0);
    expect(Number(headers.get('x-ratelimit-remaining'))).toBeGreaterThan(0);
    expect(Number(headers.get('x-ratelimit-reset'))).toBeGreaterThan(1_600_000_000);
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('with the switch on, a spent budget answers 429 with Retry-After', async () => {
    await world.control('PATCH', '/control/settings', {
      'alpaca.rate_limit': true,
      'alpaca.rate_limit_per_minute': 1,
    });
    await world.call('GET', '/v1/clock');
    const answer = await world.call('GET', '/v1/clock');
    await world.control('PATCH', '/control/settings', {
      'alpaca.rate_limit': false,
      'alpaca.rate_limit_per_minute': 1_000,
    });
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer.headers.get('x-ratelimit-remaining')).toBe('0');
  });
});

describe('an application', () => {
  test('is SUBMITTED, then APPROVED, then ACTIVE, with an account number', async () => {
    const { status, body } = await world.call('POST', '/v1/accounts', application());
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'SUBMITTED', currency: 'USD', account_type: 'trading' });
    expect(body.account_number).toMatch(/^\d{9}$/);
    expect(await reaches(String(body.id), 'ACTIVE')).toMatchObject({ kyc_results: { summary: 'pass' } });
  });

  test('never gives the tax id back', async () => {
    const found = await account(await apply());
    expect(found.identity).toMatchObject({ tax_id_type: 'USA_SSN', family_name: 'Lovelace' });
    expect(found.identity).not.toHaveProperty('tax_id');
  });

  test('a second one for the same e-mail address is 409, in whatever case', async () => {
    await apply({ contact: { email_address: 'twice@example.com' } });
    const again = application({ contact: { email_address: 'Twice@example.com' } });
    const { status, body } = await world.call('POST', '/v1/accounts', again);
    expect(status).toBe(409);
    expect(body.code).toBe(40910000);
  });

  test.each([
    ['no contact', { contact: undefined }, 422, 'contact is required'],
    ['a bad e-mail address', { contact: { email_address: 'nobody' } }, 422, 'email_address is invalid'],
    [
      'a post box',
      { contact: { street_address: ['PO Box 17'] } },
      422,
      'street_address cannot be a P.O. Box',
    ],
    ['no state in the USA', { contact: { state: undefined } }, 422, 'state is required'],
    ['a state that does not exist', { contact: { state: 'ZZ' } }, 422, 'state is invalid'],
    ['a short postal code', { contact: { postal_code: '944' } }, 422, 'postal_code is invalid'],
    ['no family name', { identity: { family_name: '' } }, 422, 'family_name is required'],
    [
      'a name in another script',
      { identity: { given_name: '\u0410\u0434\u0430' } },
      422,
      'given_name must only contain latin characters',
    ],
    [
      'a trailing space',
      { identity: { given_name: 'Ada ' } },
      422,
      'given_name cannot have leading or trailing spaces',
    ],
    [
      'a child',
      { identity: { date_of_birth: '2020-01-01' } },
      422,
      'account owner must be at least 18 years old',
    ],
    [
      'a date that does not exist',
      { identity: { date_of_birth: '1990-02-30' } },
      422,
      'date_of_birth must be in YYYY-MM-DD format',
    ],
    ['a tax id of one digit', { identity: { tax_id: '111-11-1111' } }, 422, 'tax_id is invalid'],
    ['a tax id that counts up', { identity: { tax_id: '123-45-6789' } }, 422, 'tax_id is invalid'],
    ['a forbidden area number', { identity: { tax_id: '666-12-3456' } }, 422, 'tax_id is invalid'],
    ['an unknown tax id type', { identity: { tax_id_type: 'XX' } }, 422, 'tax_id_type is invalid'],
    [
      'an unknown funding source',
      { identity: { funding_source: ['lottery'] } },
      422,
      'funding_source is invalid',
    ],
    ['no disclosures', { disclosures: {} }, 422, 'is_control_person is required'],
    ['no agreement', { agreements: [] }, 422, 'customer_agreement is required'],
    ['agreements that are no list', { agreements: 'yes' }, 400, 'agreements must be an array'],
  ])('with %s is refused', async (_case, changes, status, message) => {
    const body = { ...application(changes as Json) };
    if ('contact' in changes && changes.contact === undefined) delete body.contact;
    const answer = await world.call('POST', '/v1/accounts', body);
    expect({ status: answer.status, message: answer.body.message }).toEqual({ status, message });
  });

  test('that is not JSON is 400', async () => {
    expect((await world.call('POST', '/v1/accounts', '{"contact":')).status).toBe(400);
  });
});

describe('the identity check', () => {
  test('asks for a document, then approves after the upload', async () => {
    const id = await apply({ identity: { family_name: 'ActionRequired' } });
    const waiting = await reaches(id, 'ACTION_REQUIRED');
    expect(waiting.kyc_results).toEqual({ indeterminate: { IDENTITY_VERIFICATION: {} }, summary: 'fail' });
    expect((await world.call('POST', `/v1/accounts/${id}/documents/upload`, [DOCUMENT])).status).toBe(204);
    const active = await reaches(id, 'ACTIVE');
    expect(active.documents).toHaveLength(1);
    expect(JSON.stringify(active.documents)).not.toContain('iVBOR');
  });

  test('can reject after the document', async () => {
    const id = await apply({ identity: { tax_id: '555-66-1008' } });
    await reaches(id, 'ACTION_REQUIRED');
    await world.call('POST', `/v1/accounts/${id}/documents/upload`, [DOCUMENT]);
    expect((await reaches(id, 'REJECTED')).kyc_results).toMatchObject({ reject: { WATCHLIST_HIT: {} } });
  });

  test.each([
    ['Rejected', 'REJECTED'],
    ['ApprovalPending', 'APPROVAL_PENDING'],
    ['SubmissionFailed', 'SUBMISSION_FAILED'],
    ['AddressCheck', 'ACTION_REQUIRED'],
  ])('sends the family name %s to %s', async (family_name, status) => {
    await reaches(await apply({ identity: { family_name } }), status);
  });

  test.each([
    ['reject', 'REJECTED'],
    ['pending', 'APPROVAL_PENDING'],
    ['fail', 'SUBMISSION_FAILED'],
    ['action_required', 'ACTION_REQUIRED'],
  ])('follows the fault `%s` to %s', async (kind, status) => {
    const fault = { company: 'alpaca', operation: 'alpaca.createAccount', kind, count: 1 };
    await world.control('POST', '/control/faults', fault);
    await reaches(await apply(), status);
  });

  test('whose answer was lost is found again by its e-mail address', async () => {
    const fault = { company: 'alpaca', operation: 'alpaca.createAccount', kind: 'cut_after', count: 1 };
    await world.control('POST', '/control/faults', fault);
    const body = application({ contact: { email_address: 'lost@example.com' } });
    await expect(world.call('POST', '/v1/accounts', body)).rejects.toThrow();
    expect((await world.call('POST', '/v1/accounts', body)).status).toBe(409);
    const { body: found } = await world.call<Json[]>('GET', '/v1/accounts?query=lost@example.com');
    expect(found).toHaveLength(1);
  });

  test('lets an operator approve what waits for review', async () => {
    const id = await apply({ identity: { family_name: 'ApprovalPending' } });
    await reaches(id, 'APPROVAL_PENDING');
    await world.control('POST', `/control/alpaca/accounts/${id}/status`, { status: 'APPROVED' });
    await reaches(id, 'ACTIVE');
  });

  test('refuses a document that is no picture or PDF', async () => {
    const id = await apply();
    const document = { ...DOCUMENT, mime_type: 'text/html' };
    const answer = await world.call('POST', `/v1/accounts/${id}/documents/upload`, [document]);
    expect(answer).toMatchObject({ status: 422, body: { message: 'mime_type is invalid' } });
  });

  test('keeps CIP results', async () => {
    const id = await apply();
    expect((await world.call('GET', `/v1/accounts/${id}/cip`)).status).toBe(404);
    const cip = { provider_name: ['onfido'], kyc: { id: 'a', risk_level: 'LOW' } };
    expect((await world.call('POST', `/v1/accounts/${id}/cip`, cip)).status).toBe(200);
    expect((await world.call('GET', `/v1/accounts/${id}/cip`)).body).toMatchObject({
      ...cip,
      account_id: id,
    });
  });
});

describe('an account', () => {
  test('is found by e-mail address, status and time, newest first', async () => {
    const first = await world.activeAccount({ contact: { email_address: 'find.me@example.com' } });
    const second = await world.activeAccount({ identity: { given_name: 'Findable' } });
    const list = (query: string) =>
      world.call<Json[]>('GET', `/v1/accounts?${query}`).then(({ body }) => body);
    expect((await list('query=find.me@example.com')).map(({ id }) => id)).toEqual([first]);
    expect((await list('query=findable%20lovelace')).map(({ id }) => id)).toEqual([second]);
    const active = (await list('status=ACTIVE')).map(({ id }) => id);
    expect(active.indexOf(second)).toBeLessThan(active.indexOf(first));
    expect(await list('created_after=2199-01-01T00:00:00Z')).toEqual([]);
    const [lean] = await list('query=find.me@example.com&entities=contact');
    expect(lean).toHaveProperty('contact');
    expect(lean).not.toHaveProperty('identity');
  });

  test('that changes its address goes through ACCOUNT_UPDATED', async () => {
    const id = await world.activeAccount();
    const answer = await world.call('PATCH', `/v1/accounts/${id}`, { contact: { city: 'Oakland' } });
    expect(answer.body).toMatchObject({
      status: 'ACCOUNT_UPDATED',
      contact: { city: 'Oakland', state: 'CA' },
    });
    await reaches(id, 'ACTIVE');
  });

  test('refuses attributes that cannot be updated', async () => {
    const id = await world.activeAccount();
    const answer = await world.call('PATCH', `/v1/accounts/${id}`, { status: 'ACTIVE' });
    expect(answer).toMatchObject({ status: 422, body: { message: 'status cannot be updated' } });
  });

  test('closes when it is flat', async () => {
    const id = await world.activeAccount();
    expect((await world.call('POST', `/v1/accounts/${id}/actions/close`)).status).toBe(204);
    expect((await account(id)).status).toBe('ACCOUNT_CLOSED');
  });

  test('that nobody knows is 404', async () => {
    const answer = await world.call('GET', '/v1/accounts/00000000-0000-4000-8000-000000000000');
    expect(answer).toMatchObject({ status: 404, body: { code: 40410000, message: 'account not found' } });
  });

  test('has every field of a trading account that the Python client insists on', async () => {
    const id = await world.activeAccount();
    const { body } = await world.call('GET', `/v1/trading/accounts/${id}/account`);
    const insisted = ['previous_close', 'last_long_market_value', 'last_short_market_value', 'last_cash'];
    const margins = ['last_initial_margin', 'last_regt_buying_power', 'last_daytrading_buying_power'];
    for (const name of [
      ...insisted,
      ...margins,
      'last_daytrade_count',
      'clearing_broker',
      'cash_withdrawable',
    ]) {
      expect(body).toHaveProperty(name);
    }
    expect(body).toMatchObject({ cash: '0', buying_power: '0', trading_blocked: false, multiplier: '1' });
  });

  test('shows and changes its trading configurations', async () => {
    const id = await world.activeAccount();
    const path = `/v1/trading/accounts/${id}/account/configurations`;
    expect((await world.call('PATCH', path, { suspend_trade: true })).body).toMatchObject({
      suspend_trade: true,
    });
    expect((await world.call('GET', path)).body).toMatchObject({
      suspend_trade: true,
      fractional_trading: true,
    });
    expect((await world.call('PATCH', path, { suspend_trade: 'maybe' })).status).toBe(422);
  });
});
