/** Circle's error answers: `{code, message}`. Codes: Circle developer docs, wallets error codes. */
import { Refusal } from '../kernel/http.ts';

/**
 * HTTP status and text of each code. Circle documents the codes; the status beside them is the natural one.
 */
const PROBLEMS = {
  2: [400, 'API parameter invalid'],
  155219: [400, 'Invalid destination address.'],
  155220: [400, "Wallet and token's blockchain mismatch."],
  155221: [400, 'Invalid amounts in transfer request.'],
  155228: [400, 'Missing token ID.'],
  155229: [400, 'Transaction is not eligible for operation.'],
  155231: [400, 'Transaction needs feeLevel or gasLimit provided.'],
  155239: [400, 'Invalid token address for transfer.'],
  155244: [400, 'Cannot provide both WalletID and SourceAddress/Blockchain.'],
  155501: [400, 'Frozen wallets can not be updated or interact with, only query.'],
  155503: [400, 'Metadata array length needs to match wallet count in create developer wallets request.'],
  155511: [400, 'Blockchain is not supported for wallet creation.'],
  156001: [404, 'Cannot find target wallet in the system.'],
  156002: [404, 'Cannot find target token in the system.'],
  156003: [404, 'Cannot find target transaction in the system.'],
  156004: [400, 'Reusing an entity secret ciphertext is not allowed.'],
  156005: [404, 'Cannot find target wallet set in the system.'],
  156006: [400, 'TEST_API key cannot be used with mainnets, or LIVE_API key with testnets.'],
  156009: [400, 'Fail to parse id as UUID in url.'],
  156012: [400, 'Cannot find corresponding pagination cursor in the system.'],
  156013: [400, 'The provided entity secret is invalid.'],
  156014: [400, 'Pagination params are invalid. Only UUID format is supported.'],
  156015: [409, 'The secret for this entity has already been set.'],
  156016: [400, 'The entity secret has not been set yet.'],
  156020: [409, 'The idempotency key belongs to another request; please use a new idempotency key.'],
  156027: [400, 'The specified blockchain is either not supported or deprecated.'],
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** A refusal with one of Circle's codes; `detail` says more than the standard text. */
export function problem(code: ProblemCode, detail?: string): Refusal {
  const [status, message] = PROBLEMS[code];
  return new Refusal(status, { code, message: detail ? `${message} ${detail}` : message });
}

/** A refusal for a thing that is not there and has no code of its own. */
export function notFound(message = 'Resource not found'): Refusal {
  return new Refusal(404, { code: 404, message });
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** Whether the text is a UUID of any version. */
export function isUuid(text: unknown): text is string {
  return typeof text === 'string' && UUID.test(text);
}

/** Whether the text is a UUID version 4, as Circle asks of idempotency keys. */
export function isUuidV4(text: unknown): text is string {
  return typeof text === 'string' && UUID_V4.test(text);
}

/** The id in a URL. @throws {Refusal} 156009 when it is no UUID */
export function uuidParam(params: Record<string, string>, name = 'id'): string {
  const value = params[name];
  if (!isUuid(value)) throw problem(156009);
  return value;
}
