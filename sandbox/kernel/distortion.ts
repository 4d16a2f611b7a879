/** Spoils one entry of a company's list, so that whoever reconciles with it can be tried. */
import { randomUUID } from 'node:crypto';
import { formatUnits, InsufficientFunds, parseUnits } from './books.ts';
import { Refusal, type Route, route } from './http.ts';
import type { Kernel } from './kernel.ts';
import type { Table } from './store.ts';

/** What can be changed of an entry; amounts in millionths. */
export type EntryChange = {
  id?: string;
  /** RFC 3339. */
  at?: string;
  units?: bigint;
  fee?: bigint;
  /** Takes away what the caller wrote on it, and the chain transaction. */
  anonymous?: true;
};

/** A list that a company shows, as far as spoiling it needs to know. */
export type StatementList<T> = {
  /** `mint.transfers`. */
  name: string;
  table: Table<T>;
  read: (entry: T) => { at: string; units: bigint };
  write: (entry: T, change: EntryChange) => T;
  /** The accounts of the books between which the entry moved money. */
  flow: (entry: T) => { from: string; to: string; asset: string };
  /** Where a fee goes; absent in a list that shows none. */
  feeTo?: string;
};

const KINDS = ['missing', 'extra', 'amount', 'time', 'duplicated', 'fee'] as const;
const DECIMALS = 6;

const refuse = (message: string, status = 400): Refusal =>
  new Refusal(status, { error: { status, message } });

/** One spoiling of one entry, with or without the money that belongs to it. */
function distort<T>(
  kernel: Kernel,
  list: StatementList<T>,
  id: string,
  body: Record<string, unknown>,
): unknown {
  const kind = KINDS.find((known) => known === body.kind);
  if (!kind) throw refuse(`kind must be one of ${KINDS.join(', ')}`);
  const entry = list.table.get(id);
  if (!entry) throw refuse(`no entry ${id} in ${list.name}`, 404);
  const { at, units } = list.read(entry);
  const { from, to, asset } = list.flow(entry);
  const pay = (amount: bigint, target: string, source = from): void => {
    if (body.money !== true || amount === 0n) return;
    kernel.books.post(`distortion ${randomUUID()}`, [
      { account: source, asset, amount: -amount },
      { account: target, asset, amount },
    ]);
  };
  const amountOf = (): bigint => {
    const given = parseUnits(body.amount, DECIMALS);
    if (given === undefined) throw refuse('amount must be a decimal string');
    return given;
  };
  if (kind === 'missing') {
    list.table.delete(id);
    pay(-units, to);
    return { kind, id };
  }
  if (kind === 'extra' || kind === 'duplicated') {
    const copy = randomUUID();
    const changed = kind === 'extra' ? ({ id: copy, anonymous: true } as const) : { id: copy };
    list.table.insert(list.write(entry, changed));
    pay(units, to);
    return { kind, id: copy, amount: formatUnits(units, DECIMALS) };
  }
  if (kind === 'amount') {
    const changed = amountOf();
    list.table.put(list.write(entry, { units: changed }));
    pay(changed - units, to);
  } else if (kind === 'time') {
    if (typeof body.seconds !== 'number') throw refuse('seconds must be a number');
    const moved = new Date(Date.parse(at) + body.seconds * 1_000).toISOString();
    list.table.put(list.write(entry, { at: moved }));
  } else {
    if (list.feeTo === undefined) throw refuse(`${list.name} shows no fees`);
    const fee = amountOf();
    list.table.put(list.write(entry, { fee }));
    // The customer pays it, also where the money came in.
    pay(fee, list.feeTo, from.startsWith('world:') ? to : from);
  }
  return { kind, id };
}

/** The route that spoils an entry of a list. */
export function distortionRoute<T>(kernel: Kernel, list: StatementList<T>): Route {
  const path = `/control/statements/${list.name}/:id/distort`;
  return route('POST', path, 'control.distortStatement', ({ params, body }) => {
    try {
      return { status: 200, body: distort(kernel, list, params.id ?? '', body) };
    } catch (error) {
      if (error instanceof InsufficientFunds) throw refuse(error.message, 409);
      throw error;
    }
  });
}
