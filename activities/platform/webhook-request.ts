/** One POST to somebody else's server: signed, bounded in time and size, never into a private network. */
import { createHmac } from 'node:crypto';
import { lookup } from 'node:dns';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { endpointUrlTrouble, mayConnectTo } from '../../domain/platform/public-address.ts';

/** What is kept of an answer. */
const ANSWER_CHARACTERS = 500;
/** Nobody needs to answer more than this; what is longer is not read. */
const ANSWER_BYTES = 8 * 1024;

export interface WebhookRequest {
  readonly url: string;
  readonly messageId: string;
  readonly payload: string;
  /** Every secret that is valid now; each of them signs. */
  readonly secrets: readonly Buffer[];
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly timeoutMs: number;
  readonly allowedNetworks: readonly string[];
  /** How names are looked up; as the system does unless told. */
  readonly resolve?: typeof lookup;
}

export interface WebhookAnswer {
  readonly status: number;
  readonly text: string;
  /** What the endpoint asked for in its Retry-After header. */
  readonly retryAfterSeconds: number;
}

/** Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`, base64, one `v1,` part for each secret. */
export function signaturesOf({
  messageId,
  timestamp,
  payload,
  secrets,
}: Pick<WebhookRequest, 'messageId' | 'timestamp' | 'payload' | 'secrets'>): string {
  const signed = `${messageId}.${timestamp}.${payload}`;
  return secrets
    .map((secret) => `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`)
    .join(' ');
}

/**
 * Sends one message and answers what came back, whatever its status. Redirects are not followed.
 * @throws Error with a sentence for the delivery log when there was no answer.
 */
export async function postWebhook(input: WebhookRequest): Promise<WebhookAnswer> {
  const url = new URL(input.url);
  const trouble = endpointUrlTrouble(url, input.allowedNetworks);
  if (trouble) throw new Error(`The address ${trouble}.`);
  const deadline = AbortSignal.timeout(input.timeoutMs);
  try {
    const response = await send(url, input, deadline);
    const text = await beginningOf(response, deadline);
    return {
      status: response.statusCode ?? 0,
      text,
      retryAfterSeconds: waitOf(response.headers['retry-after']),
    };
  } catch (error) {
    if (deadline.aborted) throw new Error(`No answer within ${input.timeoutMs / 1000} s.`);
    throw error;
  }
}

function send(url: URL, input: WebhookRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const body = Buffer.from(input.payload, 'utf8');
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
    method: 'POST',
    // A connection of its own each time: a kept one could lead where its name no longer does.
    agent: false,
    signal,
    lookup: publicLookup(input.allowedNetworks, input.resolve ?? lookup),
    headers: {
      'content-type': 'application/json',
      'content-length': body.byteLength,
      'user-agent': 'Sluice-Webhooks/1.0',
      'webhook-id': input.messageId,
      'webhook-timestamp': String(input.timestamp),
      'webhook-signature': signaturesOf(input),
    },
  });
  return new Promise((answer, reject) => {
    request.once('response', answer);
    // Stays: an error after the answer (a connection that is cut) must not end the process.
    request.on('error', (error: NodeJS.ErrnoException) => reject(new Error(sentenceOf(error))));
    request.end(body);
  });
}

/** Looks a name up when the connection is made, and refuses it when any of its addresses is not public. */
function publicLookup(allowedNetworks: readonly string[], resolve: typeof lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      if (!addresses.every(({ address }) => mayConnectTo(address, allowedNetworks))) {
        return callback(Object.assign(new Error('not public'), { code: 'NOT_PUBLIC' }), []);
      }
      if (options.all) return callback(null, addresses);
      const [first] = addresses;
      return callback(null, first?.address ?? '', first?.family);
    });
  };
}

function sentenceOf({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'NOT_PUBLIC':
      return 'The address is not on the public internet.';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'The name of the address cannot be resolved.';
    case 'ECONNREFUSED':
      return 'Nobody listens at the address.';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'The connection was cut.';
    default:
      return `The connection failed: ${code ?? message}.`;
  }
}

/** The beginning of an answer. A slow or endless one is cut off: its status counts already. */
async function beginningOf(response: IncomingMessage, deadline: AbortSignal): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      parts.push(part);
      size += part.byteLength;
      if (size >= ANSWER_BYTES || deadline.aborted) break;
    }
  } catch {
    // What has come so far is enough.
  }
  response.destroy();
  const text = Buffer.concat(parts).toString('utf8').toWellFormed();
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, ANSWER_CHARACTERS);
}

function waitOf(header: string | undefined): number {
  if (header === undefined) return 0;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? 0 : Math.max(0, (at - Date.now()) / 1000);
}
