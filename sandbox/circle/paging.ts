/** Circle's page parameters: pageAfter, pageBefore, pageSize, order. Circle: W3S OpenAPI, parameters. */
import type { Reply, SandboxRequest } from '../kernel/http.ts';
import { type PageRequest, pageLinks, readPage } from '../kernel/paging.ts';
import type { Table } from '../kernel/store.ts';
import { isUuid, problem } from './problem.ts';

const DEFAULT_SIZE = 10;
const LARGEST_SIZE = 50;

/** What narrows a listing: one index, and a test for the rest. */
export type Filter<T> = { where?: { index: string; value: string }; matches?: (document: T) => boolean };

function readCursor<T>(request: SandboxRequest, table: Table<T>, name: string): string | undefined {
  const value = request.query.get(name);
  if (value === null || value === '') return undefined;
  if (!isUuid(value)) throw problem(156014);
  if (!table.get(value)) throw problem(156012);
  return value;
}

function readSize(request: SandboxRequest): number {
  const text = request.query.get('pageSize');
  if (text === null || text === '') return DEFAULT_SIZE;
  const size = Number(text);
  if (!Number.isInteger(size) || size < 1) throw problem(2, 'pageSize must be between 1 and 50.');
  return Math.min(size, LARGEST_SIZE);
}

/** Answers one page with its `Link` header. @throws {Refusal} 2, 156012 or 156014 for bad parameters */
export function answerPage<T>(
  request: SandboxRequest,
  base: string,
  table: Table<T>,
  idOf: (document: T) => string,
  filter: Filter<T>,
  render: (items: T[]) => unknown,
): Reply {
  const order = (request.query.get('order') ?? 'DESC').toUpperCase();
  if (order !== 'ASC' && order !== 'DESC') throw problem(2, 'order must be ASC or DESC.');
  const after = readCursor(request, table, 'pageAfter');
  const before = readCursor(request, table, 'pageBefore');
  const wanted: PageRequest<T> = {
    order: order === 'ASC' ? 'asc' : 'desc',
    size: readSize(request),
    ...filter,
    ...(after ? { after } : {}),
    ...(before ? { before } : {}),
  };
  const page = readPage(table, idOf, wanted);
  return {
    status: 200,
    body: { data: render(page.items) },
    headers: { link: pageLinks(base, request, page, idOf) },
  };
}

/** The test for `from` and `to` (both inclusive). @throws {Refusal} 2 when one is no date */
export function readPeriod(request: SandboxRequest): (createDate: string) => boolean {
  const read = (name: string): number | undefined => {
    const text = request.query.get(name);
    if (text === null || text === '') return undefined;
    const time = Date.parse(text);
    if (Number.isNaN(time)) throw problem(2, `${name} must be an ISO 8601 date-time.`);
    return time;
  };
  const from = read('from');
  const to = read('to');
  return (createDate) => {
    const time = Date.parse(createDate);
    return (from === undefined || time >= from) && (to === undefined || time <= to);
  };
}
