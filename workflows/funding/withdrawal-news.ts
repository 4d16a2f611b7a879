/** Which message is whose: the words that each wait of a withdrawal looks for. */
import type { WithdrawalFacts } from '../../domain/funding/withdrawal-facts.ts';
import type { FloatMessage, ReleasedMessage } from './deposit-messages.ts';
import type { WishMessage, WithdrawalMessage } from './withdrawal-messages.ts';

type From<Source extends WithdrawalMessage['source']> = Extract<
  WithdrawalMessage,
  { readonly source: Source }
>;
export type JournalNews = From<'alpaca.journal'>;
export type MintNews = From<'mint.transfer'>;
export type CircleNews = From<'circle.outbound'>;
type Fits<Message extends WithdrawalMessage> = (message: WithdrawalMessage) => message is Message;

/** Words of Alpaca after which a journal will never execute. */
export const DEAD_JOURNAL: readonly string[] = ['rejected', 'refused', 'canceled', 'deleted', 'correct'];

/** Somebody wishes something: the main loop looks. */
export const isWish: Fits<WishMessage> = (message): message is WishMessage => message.source === 'wish';
/** Float is there again, or a switch is on again. */
export const isGoOn = (message: WithdrawalMessage): message is FloatMessage | ReleasedMessage =>
  message.source === 'treasury.float' || message.source === 'staff.released';
/** Alpaca's word about a journal. */
export const isJournal: Fits<JournalNews> = (message): message is JournalNews =>
  message.source === 'alpaca.journal';
/** Mint's word about a transfer. */
export const isMint: Fits<MintNews> = (message): message is MintNews => message.source === 'mint.transfer';
/** Circle's word about a transfer out of our treasury wallet. */
export const isCircle: Fits<CircleNews> = (message): message is CircleNews =>
  message.source === 'circle.outbound';

/**
 * Alpaca takes back a journal that had executed; only those that the withdrawal rests on count. While one is being made
 * again another one waits: only then is it known whether the two cancel out.
 */
export function isCorrection(facts: WithdrawalFacts): Fits<JournalNews> {
  const isBeingRepeated =
    facts.owed_journal !== null && (facts.repeat_ref !== null || facts.unclear.length > 0);
  if (isBeingRepeated) return (message): message is JournalNews => false;
  const rests = (reference: string) =>
    (reference === facts.broker_withdrawal_ref && facts.owed_journal !== 'journal') ||
    (reference === facts.refund_ref && facts.status === 'refunded' && facts.owed_journal !== 'refund');
  return (message): message is JournalNews =>
    isJournal(message) && message.state === 'correct' && rests(message.reference);
}

/** Either of several kinds. */
export function either<A extends WithdrawalMessage, B extends WithdrawalMessage, C extends WithdrawalMessage>(
  a: Fits<A>,
  b: Fits<B>,
  c: Fits<C>,
): Fits<A | B | C> {
  return (message): message is A | B | C => a(message) || b(message) || c(message);
}

/** The words of a company's message in brackets, where it gave any. */
export function because(news: { readonly error_reason?: string }): string {
  return news.error_reason ? ` (${news.error_reason})` : '';
}
