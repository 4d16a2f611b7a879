/** A text-message service that speaks Twilio's Messages API. Twilio: docs, Programmable Messaging. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { type Company, Refusal, type Reply, type SandboxRequest } from '../kernel/http.ts';
import type { Kernel } from '../kernel/kernel.ts';

/** Twilio: Message resource. */
type Message = {
  sid: string;
  account_sid: string;
  api_version: string;
  body: string;
  date_created: string;
  date_sent: string | null;
  date_updated: string;
  direction: 'outbound-api';
  error_code: number | null;
  error_message: string | null;
  from: string;
  messaging_service_sid: null;
  num_media: '0';
  num_segments: string;
  price: null;
  price_unit: 'USD';
  status: string;
  subresource_uris: { media: string };
  to: string;
  uri: string;
};

/** Twilio's test number that is never valid. Twilio: test credentials. */
const MAGIC_INVALID_NUMBER = '+15005550001';
const E164 = /^\+[1-9]\d{6,14}$/;
const SEGMENT = 160;

function refuse(status: number, code: number, message: string): Refusal {
  return new Refusal(status, {
    code,
    message,
    more_info: `https://www.twilio.com/docs/errors/${code}`,
    status,
  });
}

type Credentials = { account_sid: string; auth_token: string; from: string };

function readMessage({ body }: SandboxRequest): { To: string; Body: string } {
  const { To, Body } = body;
  if (typeof To !== 'string' || To === '') throw refuse(400, 21604, "A 'To' phone number is required.");
  if (!E164.test(To) || To === MAGIC_INVALID_NUMBER) {
    throw refuse(400, 21211, `Invalid 'To' Phone Number: ${To.slice(0, -4)}XXXX`);
  }
  if (!body.From && !body.MessagingServiceSid) throw refuse(400, 21603, "A 'From' phone number is required.");
  if (typeof Body !== 'string' || Body === '') throw refuse(400, 21602, 'Message body is required.');
  return { To, Body };
}

/** A message as it is answered at first: queued, nothing sent yet. */
function newMessage(
  sid: string,
  account_sid: string,
  now: string,
  { To, Body, From }: { To: string; Body: string; From: string },
): Message {
  const uri = `/2010-04-01/Accounts/${account_sid}/Messages/${sid}.json`;
  return {
    sid,
    account_sid,
    api_version: '2010-04-01',
    body: Body,
    date_created: now,
    date_sent: null,
    date_updated: now,
    direction: 'outbound-api',
    error_code: null,
    error_message: null,
    from: From,
    messaging_service_sid: null,
    num_media: '0',
    num_segments: String(Math.ceil(Body.length / SEGMENT)),
    price: null,
    price_unit: 'USD',
    status: 'queued',
    to: To,
    uri,
    subresource_uris: { media: uri.replace('.json', '/Media.json') },
  };
}

/** Creates the message service. Messages are `queued` first and `delivered` a step later. */
export function createSms(kernel: Kernel): Company {
  const { store, clock, scheduler, settings, faults } = kernel;
  const credentials = store.keep<Credentials>('sms.credentials', () => ({
    account_sid: `AC${randomBytes(16).toString('hex')}`,
    auth_token: randomBytes(16).toString('hex'),
    from: '+15005550006',
  }));
  const { account_sid } = credentials;
  const messages = store.table<Message>('sms_messages', {
    id: ({ sid }) => sid,
    indexes: { to: ({ to }) => to },
  });
  settings.defineDelay('sms.delivery', 500);
  scheduler.on<{ sid: string }>('sms.deliver', ({ sid }) => {
    const found = messages.get(sid);
    if (!found) return;
    const fault = faults.take('sms', 'sms.delivery', found, ['fail', 'pending']);
    if (fault?.kind === 'pending') return;
    const now = clock.now().toUTCString();
    const isFailed = fault?.kind === 'fail';
    const outcome = isFailed ? { status: 'undelivered', error_code: 30003 } : { status: 'delivered' };
    messages.put({ ...found, ...outcome, date_sent: now, date_updated: now });
  });
  const send = (request: SandboxRequest): Reply => {
    if (request.params.account !== account_sid)
      throw refuse(404, 20404, 'The requested resource was not found');
    const { To, Body } = readMessage(request);
    const sid = `SM${randomBytes(16).toString('hex')}`;
    const message = newMessage(sid, account_sid, clock.now().toUTCString(), {
      To,
      Body,
      From: String(request.body.From ?? ''),
    });
    messages.insert(message);
    scheduler.after('sms.delivery', 'sms.deliver', { sid });
    return { status: 201, body: message };
  };
  const expected = Buffer.from(
    `Basic ${Buffer.from(`${account_sid}:${credentials.auth_token}`).toString('base64')}`,
  );
  return {
    name: 'sms',
    routes: [
      {
        method: 'POST',
        path: '/2010-04-01/Accounts/:account/Messages.json',
        operation: 'sms.sendMessage',
        handle: send,
      },
      {
        method: 'GET',
        path: '/2010-04-01/Accounts/:account/Messages/:file',
        operation: 'sms.getMessage',
        handle({ params }) {
          const message = messages.get((params.file ?? '').replace(/\.json$/, ''));
          if (!message) throw refuse(404, 20404, 'The requested resource was not found');
          return { status: 200, body: message };
        },
      },
    ],
    authenticate({ headers }) {
      const given = Buffer.from(String(headers.authorization ?? ''));
      if (given.length === expected.length && timingSafeEqual(given, expected)) return undefined;
      return { status: 401, body: { code: 20003, message: 'Authenticate', status: 401 } };
    },
    errorBody: (status, message) => ({ code: 20000 + (status % 1_000), message, status }),
    control: [
      {
        method: 'GET',
        path: '/control/sms',
        operation: 'control.listMessages',
        handle({ query }) {
          const to = query.get('to');
          const where = to ? { where: { index: 'to', value: to.replace(/^ /, '+') } } : {};
          return { status: 200, body: { data: messages.list({ ...where, order: 'desc', limit: 100 }) } };
        },
      },
    ],
    credentials: () => ({ ...credentials }),
  };
}
