/** What all Mint requests share: idempotent creation, money fields, pages. */
import { formatUnits, parseUnits } from '../kernel/books.ts';
import type { Reply, Route, SandboxRequest } from '../kernel/http.ts';
import { digestOf } from '../kernel/idempotency.ts';
import { pageLinks, readPage } from '../kernel/paging.ts';
import type { Table } from '../kernel/store.ts';
import { conflict, invalidEntity } from './problem.ts';
import { DECIMALS, type MintWorld, type Money } from './world.ts';

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const LARGEST_SIZE = 50;

/**
 * A creating route: the same key with the same body gets the same answer again, with another body 409.
 * Circle: Mint OpenAPI, schema IdempotencyKey and response Conflict.
 */
export function creatingRoute(
  { kernel }: MintWorld,
  path: string,
  operation: string,
  status: number,
  handle: (request: SandboxRequest, idempotencyKey: string) => unknown,
): Route {
  return {
    method: 'POST',
    path,
    operation,
    handle(request): Reply {
      if (request.malformed) throw invalidEntity({ location: 'body' });
      const { idempotencyKey, ...content } = request.body;
      if (idempotencyKey === undefined)
        throw invalidEntity({ location: 'idempotencyKey', error: 'required' });
      if (typeof idempotencyKey !== 'string' || !UUID_V4.test(idempotencyKey)) {
        throw invalidEntity({ location: 'idempotencyKey', value: idempotencyKey });
      }
      const digest = digestOf(content);
      const known = kernel.idempotency.recall(operation, idempotencyKey);
      if (known && known.digest !== digest) throw conflict();
      if (known) return { status: known.status, body: known.body };
      const body = { data: handle(request, idempotencyKey) };
      kernel.idempotency.remember({ scope: operation, key: idempotencyKey, digest, status, body });
      return { status, body };
    },
  };
}

/** Reads `{amount, currency}` in dollars into units of 1e-6. @throws {Refusal} code 2 */
export function readMoney(value: unknown, location = 'amount'): { units: bigint; money: Money } {
  if (value === null || typeof value !== 'object') throw invalidEntity({ location, error: 'required' });
  const { amount, currency } = value as Record<string, unknown>;
  if (currency !== 'USD') throw invalidEntity({ location: `${location}.currency`, value: currency });
  const units = parseUnits(amount, DECIMALS);
  if (units === undefined)
    throw invalidEntity({ location: `${location}.amount`, error: 'number_format', value: amount });
  if (units <= 0n) throw invalidEntity({ location: `${location}.amount`, error: 'min_value', value: amount });
  return { units, money: dollars(units) };
}

/** Dollars as Mint writes them: at least two decimals. */
export function dollars(units: bigint): Money {
  return { amount: formatUnits(units, DECIMALS, 2), currency: 'USD' };
}

/** A required text field. @throws {Refusal} code 2 */
export function readText(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  if (value === undefined || value === null || value === '')
    throw invalidEntity({ location: name, error: 'required' });
  if (typeof value !== 'string') throw invalidEntity({ location: name, value });
  return value;
}

type Kept = { wire: { id: string; createDate: string } };

/**
 * One page of a collection, newest first. Circle: Mint OpenAPI, pageAfter, pageBefore, pageSize, from, to.
 */
export function answerList<T extends Kept>(
  world: MintWorld,
  request: SandboxRequest,
  table: Table<T>,
  matches: (document: T) => boolean = () => true,
): Reply {
  const { query } = request;
  const read = (name: string): string | undefined => query.get(name) || undefined;
  const size = Number(read('pageSize') ?? LARGEST_SIZE);
  if (!Number.isInteger(size) || size < 1)
    throw invalidEntity({ location: 'pageSize', value: read('pageSize') });
  const time = (name: string): number => {
    const text = read(name);
    const parsed = text === undefined ? Number.NaN : Date.parse(text);
    if (text !== undefined && Number.isNaN(parsed)) throw invalidEntity({ location: name, value: text });
    return parsed;
  };
  const [from, to] = [time('from'), time('to')];
  const [after, before] = [read('pageAfter'), read('pageBefore')];
  for (const cursor of [after, before]) {
    if (cursor !== undefined && !table.get(cursor))
      throw invalidEntity({ location: 'pageAfter', value: cursor });
  }
  const idOf = ({ wire }: T): string => wire.id;
  const page = readPage(table, idOf, {
    order: 'desc',
    size: Math.min(size, LARGEST_SIZE),
    ...(after ? { after } : {}),
    ...(before ? { before } : {}),
    matches: (document) => {
      const created = Date.parse(document.wire.createDate);
      return !(created < from) && !(created > to) && matches(document);
    },
  });
  const base = world.kernel.urls.get('mint') ?? '';
  const body = { data: page.items.map(({ wire }) => wire) };
  return { status: 200, body, headers: { link: pageLinks(base, request, page, idOf) } };
}
