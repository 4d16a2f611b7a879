/**
 * Why a lifecycle stands where it stands, in words: what it waits for, since when, what was tried with which answers,
 * what happens next and when, and who can act. Everything follows from the declaration, the policy and the record.
 */
import { isFinal, type StateSpec, stateSpec, type WaitWords } from '../lifecycle.ts';
import { LIFECYCLES, type LifecycleName } from '../lifecycles.ts';
import { moment, span } from './moments.ts';
import { reviewRule } from './review-rules.ts';
import { nextLookUp, WHY_SOURCES, type WhyClock } from './why-sources.ts';
import { type TriedOperation, triedWords } from './why-tried.ts';

/** A review as the explanation needs it; times in milliseconds. */
export interface WhyReview {
  readonly id: string;
  readonly reason: string;
  readonly due: number;
  readonly owner: string | null;
  /** A decision that one person asked for and another one has to confirm. */
  readonly asked: string | null;
}

/** What is on record about one lifecycle; times in milliseconds. */
export interface WhyRecord {
  readonly kind: LifecycleName;
  readonly status: string;
  readonly waitingFor: string | null;
  /** Whose it is; null for wires, and for applications, whose id is the customer's. */
  readonly userId: string | null;
  /** What this is about: `of 250.00 USDC on ethereum`; empty where that says nothing. */
  readonly subject: string;
  readonly since: number;
  /** When anything about it was last written: look-ups count from there. */
  readonly lastChange: number;
  readonly now: number;
  readonly policy: unknown;
  readonly pausedBy: string | null;
  readonly operations: readonly TriedOperation[];
  /** The companies' words about it, oldest first. */
  readonly heard: readonly { readonly from: string; readonly state: string; readonly at: number }[];
  readonly openReviews: readonly WhyReview[];
}

/** What keeps the workflow of a lifecycle from going on: an error in our own code. */
export interface RunTrouble {
  /** How often its newest task has failed. */
  readonly tries: number;
  /** The error's own words. */
  readonly reason: string;
}

export interface Why {
  /** All of it, to be read aloud. */
  readonly text: string;
  readonly waits_for: string;
  readonly happening: string;
  readonly tried: readonly string[];
  readonly next: string;
  readonly next_look_up: number | null;
  /** When somebody is told, or has to have decided. */
  readonly deadline: number | null;
  readonly who_can_act: readonly string[];
}

/** Of an error so much is said. */
const LONGEST_REASON = 200;

const NAMES: Readonly<Record<string, string>> = {
  customer: 'the customer',
  chain: 'the network',
  circle: 'Circle',
  broker: 'Alpaca',
  bank: 'the banks',
  sluice: 'us',
  support: 'our people',
  treasury: 'our treasury',
  nobody: 'nobody',
};

/** The words for a reason to wait; undefined where there is none, or a newer version wrote it. */
function waitWords(kind: LifecycleName, waitingFor: string | null): WaitWords | undefined {
  return waitingFor === null ? undefined : WHY_SOURCES[kind].waits[waitingFor];
}

/** The whole explanation of one lifecycle; `trouble` is what its workflow has met, where it stands still. */
export function explain(record: WhyRecord, trouble?: RunTrouble): Why {
  const { kind, status } = record;
  const { lifecycle } = LIFECYCLES[kind];
  const spec: StateSpec = stateSpec(lifecycle, status as never);
  const wait = waitWords(kind, record.waitingFor);
  const over = isFinal(lifecycle, status as never) && record.openReviews.length === 0;
  const clock = WHY_SOURCES[kind].clock(record.policy, status);
  const waitsFor = NAMES[wait?.waitsFor ?? spec.waitsFor] ?? spec.waitsFor;
  const usual = wait?.alone ? wait.support : [spec.support, wait?.support].filter(Boolean).join(' ');
  const happening = trouble ? `${usual} ${troubleWords(trouble)}` : usual;
  const paused = record.pausedBy ? ` Stopped by staff: ${record.pausedBy}.` : '';
  const tried = [...triedWords(record.operations), ...heardWords(record)];
  const lookUp = over ? null : nextLookUp(record, wait, spec, clock);
  const deadline = over || wait?.alone ? null : deadlineOf(record, spec, clock);
  const next = nextWords(record, wait, spec, { lookUp, deadline, clock });
  const acts = [...(trouble ? [TROUBLE_ACT] : []), ...actWords(record, wait, spec)];
  const noun = kind === 'kyc' ? 'application' : kind;
  const subject = `This ${noun}${record.subject && ` ${record.subject}`} stands at "${status.replaceAll('_', ' ')}"`;
  const length = `${over ? 'It came there' : 'It has stood there for'} ${
    over ? `on ${moment(record.since)}` : `${span(record.now - record.since)}, since ${moment(record.since)}`
  }${over || waitsFor === 'nobody' ? '' : `, and waits for ${waitsFor}`}.`;
  const story = tried.length === 0 ? 'Nothing was asked of a company yet.' : `So far: ${tried.join(' ')}`;
  return {
    text: [`${subject}. ${happening}${paused}`, length, story, `Next: ${next}`, acts.join(' ')].join(' '),
    waits_for: waitsFor,
    happening: `${happening}${paused}`,
    tried,
    next,
    next_look_up: lookUp,
    deadline,
    who_can_act: acts,
  };
}

const TROUBLE_ACT = 'Whoever runs the workers reads their log and mends the code: docs/upgrades.md says how.';

/** That nothing can go on for now, and with which words; the error's own end is cut where it is long. */
function troubleWords({ tries, reason }: RunTrouble): string {
  const [line = ''] = reason.split('\n');
  const words = line.length > LONGEST_REASON ? `${line.slice(0, LONGEST_REASON)}…` : line;
  const times = tries === 1 ? 'once' : `${tries} times in a row`;
  return `Its workflow cannot go on: our own code has failed ${times} ("${words}"). It is tried again by itself.`;
}

/** The last few words that companies sent. */
function heardWords({ heard }: WhyRecord): string[] {
  return heard
    .slice(-3)
    .map(({ from, state, at }) => `${from} told us on ${moment(at)}: ${state.replaceAll('_', ' ')}.`);
}

/** The due time of an open review; else when one opens because the state lasts too long. */
function deadlineOf(record: WhyRecord, spec: StateSpec, clock: WhyClock): number | null {
  const due = record.openReviews.map((review) => review.due);
  if (due.length > 0) return Math.min(...due);
  const seconds = clock.expiresAfterSeconds ?? clock.reviewAfterSeconds ?? spec.stuckAfterSeconds;
  return seconds === undefined ? null : record.since + seconds * 1000;
}

interface Times {
  readonly lookUp: number | null;
  readonly deadline: number | null;
  readonly clock: WhyClock;
}

function nextWords(
  record: WhyRecord,
  wait: WaitWords | undefined,
  spec: StateSpec,
  { lookUp, deadline, clock }: Times,
): string {
  const usual = spec.on ? 'It goes on by itself.' : 'Nothing; it is done.';
  const sentences = [wait?.next ?? spec.next ?? usual];
  if (lookUp !== null) sentences.push(`If nobody tells us, we ask by ourselves at about ${moment(lookUp)}.`);
  if (deadline !== null && record.openReviews.length === 0)
    sentences.push(deadlineWords(record, deadline, clock));
  return sentences.join(' ');
}

function deadlineWords({ now }: WhyRecord, deadline: number, clock: WhyClock): string {
  const when = moment(deadline);
  if (clock.expiresAfterSeconds !== undefined) return `Its time is over on ${when}.`;
  if (deadline <= now) return `Since ${when} it stands there for longer than usual.`;
  const then = clock.reviewAfterSeconds === undefined ? 'somebody should look' : 'a review opens for support';
  return `If it still stands there on ${when}, ${then}.`;
}

/** Open reviews first: they name who must decide what, and by when. */
function actWords(record: WhyRecord, wait: WaitWords | undefined, spec: StateSpec): string[] {
  const reviews = record.openReviews.map((review) => {
    const { asks, decisions } = reviewRule(record.kind, review.reason);
    const who = review.owner === null ? 'Support' : `The owner of the review (${review.owner})`;
    const late =
      review.due < record.now ? `was due on ${moment(review.due)}` : `is due on ${moment(review.due)}`;
    const choice =
      review.asked === null
        ? `It takes ${decisions.join(' or ')}`
        : `One person has asked for ${review.asked}; another one has to confirm it`;
    const question = `${who} decides the review ${review.reason.replaceAll('_', ' ')}, which ${late}.`;
    return `${question} ${asks} ${choice}, under /v1/admin/reviews/${review.id}.`;
  });
  if (reviews.length > 0) return reviews;
  return [wait?.act ?? spec.act ?? 'Nobody needs to act.'];
}
