/** Pages of a collection by id cursors, as both Circle products do it. */
import type { SandboxRequest } from './http.ts';
import type { Table } from './store.ts';

export type PageRequest<T> = {
  order: 'asc' | 'desc';
  size: number;
  /** Exclusive begin and exclusive end, ids of documents. */
  after?: string;
  before?: string;
  where?: { index: string; value: string };
  matches?: (document: T) => boolean;
};

export type Page<T> = { items: T[]; hasNext: boolean; hasPrevious: boolean };

const CHUNK = 200;

/** Collects up to `limit` matching documents behind `after`, reading the table in chunks. */
function collect<T>(
  table: Table<T>,
  idOf: (document: T) => string,
  page: PageRequest<T>,
  limit: number,
): T[] {
  const found: T[] = [];
  const { order, where, matches = () => true } = page;
  let after = page.after;
  for (;;) {
    const chunk = table.list({
      order,
      limit: CHUNK,
      ...(where ? { where } : {}),
      ...(after ? { after } : {}),
    });
    for (const document of chunk) {
      if (matches(document)) found.push(document);
      if (found.length === limit) return found;
    }
    const last = chunk.at(-1);
    if (chunk.length < CHUNK || last === undefined) return found;
    after = idOf(last);
  }
}

/**
 * Reads one page. The items keep the collection's order, also when they are found backwards from `before`.
 */
export function readPage<T>(table: Table<T>, idOf: (document: T) => string, page: PageRequest<T>): Page<T> {
  const { size, before, order } = page;
  if (before === undefined) {
    const items = collect(table, idOf, page, size + 1);
    return {
      items: items.slice(0, size),
      hasNext: items.length > size,
      hasPrevious: page.after !== undefined,
    };
  }
  const { after: _after, ...rest } = page;
  const backwards: PageRequest<T> = { ...rest, order: order === 'asc' ? 'desc' : 'asc', after: before };
  const items = collect(table, idOf, backwards, size + 1);
  return { items: items.slice(0, size).reverse(), hasNext: true, hasPrevious: items.length > size };
}

/**
 * The `Link` header: self, first, and next and prev where they exist. Circle: W3S OpenAPI, PaginationLink.
 */
export function pageLinks<T>(
  base: string,
  request: SandboxRequest,
  page: Page<T>,
  idOf: (item: T) => string,
): string {
  const link = (relation: string, change: Record<string, string>): string => {
    const query = new URLSearchParams(request.query);
    query.delete('pageAfter');
    query.delete('pageBefore');
    for (const [name, value] of Object.entries(change)) query.set(name, value);
    const text = query.toString();
    return `<${base}${request.path}${text ? `?${text}` : ''}>; rel="${relation}"`;
  };
  const self: Record<string, string> = {};
  for (const name of ['pageAfter', 'pageBefore']) {
    const value = request.query.get(name);
    if (value) self[name] = value;
  }
  const links = [link('self', self), link('first', {})];
  const [first, last] = [page.items[0], page.items.at(-1)];
  if (page.hasNext && last !== undefined) links.push(link('next', { pageAfter: idOf(last) }));
  if (page.hasPrevious && first !== undefined) links.push(link('prev', { pageBefore: idOf(first) }));
  return links.join(', ');
}
