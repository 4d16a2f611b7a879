/** Which words of the companies a lifecycle must hear, as db/functions/05-inbound.sql decides it. */
import { operationOf } from '../../domain/funding/transfer-report.ts';
import type { Word } from '../companies/word.ts';
import type { Entry } from '../entry.ts';
import type { Operation, Row, Store } from './store.ts';

/** Whose a word is. */
export interface Owner {
  readonly lifecycle: string;
  readonly id: string;
}

/** What the routing asks beside the store. */
export interface Routes {
  readonly store: Store;
  entryOf(lifecycle: string): Entry;
  /** Whose the transfer into a customer's wallet is; null for nobody we know. */
  inboundOwner(transaction: string): Owner | null;
}

/** Nobody needs to hear it: the event is used. `later` is an event whose owner is not known yet. */
type Route = Owner | 'nobody' | 'later';

const FIRST_WORDS = ['queued', 'sent_to_clearing'];

/** Where a word goes; what it tells about the operation is written down. */
export function routeOf(routes: Routes, word: Word): Route {
  const { source } = word.message;
  if (source === 'circle.inbound') return inbound(routes, word);
  if (source === 'mint.transfer') return mint(routes, word);
  const named = operationOf(word.name);
  if (!named) return 'later';
  const owner = { lifecycle: named.lifecycle, id: named.subjectId };
  const operation = routes.store.operations.get(`${owner.lifecycle}|${owner.id}|${named.step}`);
  if (!operation) return source === 'alpaca.journal' ? 'nobody' : 'later';
  const isNews = source === 'alpaca.journal' ? isJournalNews : isOutboundNews;
  return isNews(routes, owner, operation, word) ? owner : 'nobody';
}

function inbound({ store, entryOf, inboundOwner }: Routes, { message }: Word): Route {
  const owner = inboundOwner(String(message.circle_transaction_id));
  if (!owner) return 'later';
  return entryOf(owner.lifecycle).hears(store.rows.get(owner.id), undefined, message) ? owner : 'nobody';
}

function mint({ store }: Routes, { message }: Word): Route {
  const { state, reference = '' } = message;
  if (state !== 'complete' && state !== 'failed') return 'nobody';
  const made = store.operationByReference('withdrawal', 'mint', reference);
  if (made?.state === 'succeeded' || made?.state === 'failed') return 'nobody';
  return ownerByMint(store, message) ?? 'later';
}

/** One that Mint makes for us is known by its id, one that reached it by its hash. */
function ownerByMint(store: Store, { reference = '', tx_hash }: Word['message']): Owner | null {
  const made = store.operationByReference('withdrawal', 'mint', reference);
  if (made) return { lifecycle: made.lifecycle, id: made.subject };
  for (const { lifecycle, subject, provider, tx_hash: hash } of store.operations.values()) {
    const isOurs = lifecycle === 'deposit' && provider === 'circle';
    if (isOurs && hash !== undefined && hash === tx_hash) return { lifecycle, id: subject };
  }
  return null;
}

/** As the SQL function open_events: whose an event is by now that was nobody's when it came. */
export function ownerOf({ store, inboundOwner }: Routes, { message }: Word): Owner | null {
  if (message.source === 'circle.inbound') return inboundOwner(String(message.circle_transaction_id));
  return message.source === 'mint.transfer' ? ownerByMint(store, message) : null;
}

/** A credit that two people have vouched for needs no owner: nobody may ever learn its hash. */
export function isVouchedFor({ store }: Routes, { message }: Word): boolean {
  const { source, state, reference } = message;
  if (source !== 'mint.transfer' || state !== 'complete') return false;
  return store.reviews.some(({ evidence }) => evidence?.mint_transfer_id === reference);
}

function isOutboundNews(routes: Routes, owner: Owner, operation: Operation, { message }: Word): boolean {
  const { state, reference, tx_hash } = message;
  if (operation.state !== 'failed') {
    if (state === 'complete') operation.state = 'succeeded';
    else if (['intended', 'unknown'].includes(operation.state)) operation.state = 'accepted';
  }
  operation.reference ??= reference;
  operation.tx_hash = tx_hash ?? operation.tx_hash;
  return hears(routes, owner, operation, message);
}

/** While our own request is under way its answer tells the same; a correction it does not. */
function isJournalNews(routes: Routes, owner: Owner, operation: Operation, { message }: Word): boolean {
  const isOnTheWay = message.state === 'executed' || message.state === 'pending';
  if (FIRST_WORDS.includes(message.state) || (operation.state === 'intended' && isOnTheWay)) return false;
  return hears(routes, owner, operation, message);
}

function hears(
  { store, entryOf }: Routes,
  { lifecycle, id }: Owner,
  operation: Operation,
  message: Word['message'],
): boolean {
  return entryOf(lifecycle).hears(store.rows.get(id) as Row | undefined, operation, message);
}
