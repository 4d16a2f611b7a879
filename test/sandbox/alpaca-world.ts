/**
 * What the tests of the sandbox's Alpaca share: a running sandbox, a caller with credentials, applications.
 */
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/sandbox.ts';

export type Json = Record<string, unknown>;

export interface Answer<T = Json> {
  status: number;
  body: T;
  headers: Headers;
}

export interface World {
  sandbox: Sandbox;
  firmId: string;
  baseUrl: string;
  authorization: string;
  /** Calls the Broker API with Basic credentials. */
  call: <T = Json>(method: string, path: string, body?: unknown, headers?: Json) => Promise<Answer<T>>;
  control: <T = Json>(method: string, path: string, body?: unknown) => Promise<Answer<T>>;
  /** An account that is already ACTIVE. */
  activeAccount: (changes?: Json) => Promise<string>;
  /** Puts dollars into the firm's account, as a wire from outside. */
  fundFirm: (amount: string) => Promise<void>;
}

let counter = 0;

/** An application that passes every check; `identity` and `contact` can be changed. */
export function application(changes: { identity?: Json; contact?: Json } & Json = {}): Json {
  counter += 1;
  const { identity, contact, ...rest } = changes;
  const signed = { signed_at: '2026-01-02T15:04:05Z', ip_address: '185.13.21.99', revision: '19.2022.02' };
  return {
    contact: {
      email_address: `ada.${counter}@example.com`,
      phone_number: '+15555550123',
      street_address: ['20 N San Mateo Dr'],
      city: 'San Mateo',
      state: 'CA',
      postal_code: '94401',
      country: 'USA',
      ...contact,
    },
    identity: {
      given_name: 'Ada',
      family_name: 'Lovelace',
      date_of_birth: '1990-12-10',
      tax_id: `543-${20 + (counter % 70)}-${1100 + counter}`,
      tax_id_type: 'USA_SSN',
      country_of_tax_residence: 'USA',
      funding_source: ['employment_income'],
      ...identity,
    },
    disclosures: {
      is_control_person: false,
      is_affiliated_exchange_or_finra: false,
      is_politically_exposed: false,
      immediate_family_exposed: false,
    },
    agreements: [
      { agreement: 'customer_agreement', ...signed },
      { agreement: 'account_agreement', ...signed },
    ],
    ...rest,
  };
}

async function request<T>(url: string, method: string, body: unknown, headers: Json): Promise<Answer<T>> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers } as Record<string, string>,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text ? JSON.parse(text) : undefined) as T,
  };
}

/** Waits until `check` returns something, at most five seconds. */
export async function eventually<T>(check: () => Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < 500; tries++) {
    const found = await check();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it did not happen within five seconds');
}

/** Starts a sandbox under pace `instant` with a caller for Alpaca and one for the control API. */
export async function startWorld(options: SandboxOptions = {}): Promise<World> {
  const sandbox = await startSandbox(options);
  const credentials = sandbox.credentials.alpaca ?? {};
  const { base_url: baseUrl = '', key, secret, firm_account_id: firmId = '' } = credentials;
  const authorization = `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`;
  const world: World = {
    sandbox,
    firmId,
    baseUrl,
    authorization,
    call: (method, path, body, headers = {}) =>
      request(`${baseUrl}${path}`, method, body, { authorization, ...headers }),
    control: (method, path, body) => request(`${sandbox.urls.control}${path}`, method, body, {}),
    async activeAccount(changes) {
      const { body } = await world.call('POST', '/v1/accounts', application(changes));
      const id = String(body.id);
      await eventually(async () => (await world.call('GET', `/v1/accounts/${id}`)).body.status === 'ACTIVE');
      return id;
    },
    async fundFirm(amount) {
      const { status } = await world.control('POST', '/control/alpaca/firm/deposit', { amount });
      if (status !== 200) throw new Error(`the firm deposit was refused with ${status}`);
    },
  };
  return world;
}

/** A reader of an event stream: frames as they come, and everything that was said in comments. */
export interface StreamReader {
  events: Json[];
  comments: string[];
  status: number;
  ended: Promise<void>;
  close: () => void;
}

/** Opens an event stream and collects what it says until it ends or is closed. */
export async function readStream(world: World, path: string): Promise<StreamReader> {
  const stop = new AbortController();
  const response = await fetch(`${world.baseUrl}${path}`, {
    headers: { authorization: world.authorization, accept: 'text/event-stream' },
    signal: stop.signal,
  });
  const reader: Omit<StreamReader, 'ended'> = {
    events: [],
    comments: [],
    status: response.status,
    close: () => stop.abort(),
  };
  const collect = async (): Promise<void> => {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      const frames = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) {
        if (frame.startsWith(':')) reader.comments.push(frame.slice(1).trim());
        else if (frame.startsWith('data: ')) reader.events.push(JSON.parse(frame.slice(6)) as Json);
      }
    }
  };
  const ended = collect().catch(() => undefined);
  return Object.assign(reader, { ended });
}
