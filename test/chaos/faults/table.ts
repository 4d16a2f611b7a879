/**
 * The one table of faults: what can happen to a call at a company, which class of error that is (classify.ts), and what
 * must come of each class. A lifecycle says only what its own calls are; its cells follow from here.
 */
import type { AlpacaClient } from '../../../activities/providers/alpaca/client.ts';
import type { CircleClient } from '../../../activities/providers/circle/client.ts';
import type { MintClient } from '../../../activities/providers/mint/client.ts';
import type { Fault } from '../../support/trouble.ts';

/** A verb of a provider client. */
export type Verb =
  | `alpaca.${keyof AlpacaClient}`
  | `circle.${keyof CircleClient}`
  | `mint.${keyof MintClient}`;

/** The four classes of error, and an answer that is late and good. */
type AnswerClass = 'fine' | 'unavailable' | 'unclear' | 'refused' | 'defect';

/** A write moves something; a search looks for what a write may have done; a read only asks. */
type CallKind = 'write' | 'search' | 'read';

/** What must come of a cell. Without anything the lifecycle goes on by itself to its good end. */
export interface Meaning {
  /** Where it stands at the end, when that is not the good end of its lifecycle. */
  readonly end?: string;
  /** Reasons of the reviews that people must decide on the way, in order. */
  readonly reviews?: readonly string[];
  /** The effect is made under a second key. */
  readonly again?: boolean;
  /** The company holds the step until somebody there lets it go on. */
  readonly hangs?: boolean;
}

/** A call that a lifecycle makes at a company. */
export interface Call {
  readonly name: string;
  /** The step that it is made for, as operations and reasons of reviews call it; its own name unless told. */
  readonly step?: string;
  readonly verb: Verb;
  /** The file under activities/ that makes it. */
  readonly from: string;
  /** How the sandbox calls it. */
  readonly operation: string;
  readonly kind: CallKind;
  /** What comes of a class, where that is not what the table below says. */
  readonly means?: Partial<Record<AnswerClass, Meaning>>;
  /** What comes of one fault, where even its class says too little. */
  readonly except?: Readonly<Record<string, Meaning>>;
  /** Its requests cannot be told from those of others: such cells are played one after another. */
  readonly alone?: string;
}

/** One fault of one call, outcome or event, and what must come of it. */
export interface Cell {
  readonly name: string;
  /** The call, outcome or event that the fault hits. */
  readonly of: string;
  readonly fault: Omit<Fault, 'match'>;
  readonly meaning: Meaning;
  readonly alone?: string;
  /** The same fault at every attempt. */
  readonly always?: boolean;
}

/** The key of cells that nobody else may be beside: they are played one by one after all others. */
export const AFTER_ALL = 'after all others';

interface TransportFault {
  readonly write: AnswerClass;
  readonly read: AnswerClass;
  readonly delay_ms?: number;
  readonly status?: number;
}

const NO_ANSWER = { write: 'unclear', read: 'unavailable' } as const;
const TURNED_AWAY = { write: 'unavailable', read: 'unavailable' } as const;
const REFUSED = { write: 'refused', read: 'refused' } as const;

/** What can happen to a call, and the class of the answer; a second word tells variants of one fault apart. */
export const TRANSPORT: Readonly<Record<string, TransportFault>> = {
  cut_before: NO_ANSWER,
  cut_after: NO_ANSWER,
  timeout_before: { ...NO_ANSWER, delay_ms: 1_000 },
  timeout_after: { ...NO_ANSWER, delay_ms: 1_000 },
  error: NO_ANSWER,
  error_after: NO_ANSWER,
  rate_limit: TURNED_AWAY,
  unavailable: TURNED_AWAY,
  slow: { write: 'fine', read: 'fine', delay_ms: 700 },
  refuse: { write: 'defect', read: 'defect' },
  'refuse 404': { ...REFUSED, status: 404 },
  'refuse 422': { ...REFUSED, status: 422 },
};

/** What can happen to an event on its way to us. */
export const EVENT_FAULTS = [
  'drop_event',
  'duplicate_event',
  'delay_event',
  'reorder_events',
  'forge_event',
] as const;
/** What can happen to Alpaca's streams besides. */
export const STREAM_FAULTS = [...EVENT_FAULTS, 'mute', 'disconnect'] as const;

const GOES_ON: Meaning = {};
const stepOf = ({ step, name }: Call): string => step ?? name;

/**
 * What must come of each class. Nothing that is not known counts as failed: it is looked up, and nobody is asked. Only
 * a clear no to the write itself is one, and our own fault is for a person, who finds everything where it was.
 */
const COMES_OF: Record<CallKind, Record<AnswerClass, (call: Call) => Meaning>> = {
  write: {
    fine: () => GOES_ON,
    unavailable: () => GOES_ON,
    unclear: () => GOES_ON,
    refused: (call) => ({ reviews: [`${stepOf(call)}_refused`], again: true }),
    defect: (call) => ({ reviews: [`${stepOf(call)}_defect`] }),
  },
  // Whoever refuses to be asked has said nothing about what was asked before: it is no refusal of that.
  search: {
    fine: () => GOES_ON,
    unavailable: () => GOES_ON,
    unclear: () => GOES_ON,
    refused: (call) => ({ reviews: [`${stepOf(call)}_defect`] }),
    defect: (call) => ({ reviews: [`${stepOf(call)}_defect`] }),
  },
  read: {
    fine: () => GOES_ON,
    unavailable: () => GOES_ON,
    unclear: () => GOES_ON,
    refused: () => GOES_ON,
    defect: () => GOES_ON,
  },
};

const companyOf = (operation: string): string => operation.split('.')[0] ?? '';

/** Every fault of a call: one cell each. */
export function callCells(call: Call): Cell[] {
  const { name, operation, kind, means, except, alone } = call;
  return Object.entries(TRANSPORT).map(([fault, { write, read, ...more }]) => {
    const answer = kind === 'write' ? write : read;
    const meaning = except?.[fault] ?? means?.[answer] ?? COMES_OF[kind][answer](call);
    // Whoever runs into what goes on by itself goes on as well: only what people must see is for one alone.
    const isAlone = alone !== undefined && (alone !== AFTER_ALL || meaning.reviews !== undefined);
    return {
      name: `${name}, ${operation}: ${fault}`,
      of: name,
      fault: { company: companyOf(operation), operation, kind: fault.split(' ')[0] ?? fault, ...more },
      meaning,
      ...(isAlone && { alone }),
    };
  });
}

/** What can become of something that a company has accepted. */
export interface Outcomes {
  /** The call that asked for it, or the thing that happens by itself. */
  readonly of: string;
  readonly operation: string;
  readonly kinds: Readonly<Record<string, Meaning>>;
  /** Kinds whose requests cannot be told from those of others. */
  readonly alone?: Readonly<Record<string, string>>;
  /** What comes of it when every attempt ends so. */
  readonly always?: Readonly<Record<string, Meaning>>;
}

/** Every outcome once, and again and again where that makes a difference. */
export function outcomeCells({ of, operation, kinds, alone, always = {} }: Outcomes): Cell[] {
  const cell = (kind: string, meaning: Meaning): Cell => ({
    name: `${of} is accepted, then ${operation}: ${kind}`,
    of,
    fault: { company: companyOf(operation), operation, kind },
    meaning,
    ...(alone?.[kind] !== undefined && { alone: alone[kind] }),
  });
  return [
    ...Object.entries(kinds).map(([kind, meaning]) => cell(kind, meaning)),
    ...Object.entries(always).map(([kind, meaning]) => {
      const once = cell(kind, meaning);
      return { ...once, name: `${once.name}, again and again`, always: true };
    }),
  ];
}

const isOfStream = (kind: string): boolean => kind === 'mute' || kind === 'disconnect';

/** Every fault of an event: whatever happens to it, the lifecycle comes to its end by itself. */
export function eventCells(operation: string, details: Readonly<Record<string, unknown>> = {}): Cell[] {
  const company = companyOf(operation);
  const kinds: readonly string[] = company === 'alpaca' ? STREAM_FAULTS : EVENT_FAULTS;
  return kinds.map((kind) => ({
    name: `${operation}: ${kind}`,
    of: operation,
    fault: {
      ...{ company, operation, kind, delay_ms: 300 },
      // A stream that is cut or mute is so once; of a lifecycle's own events each one is hit.
      count: isOfStream(kind) ? 1 : 6,
      ...(kind === 'forge_event' && { details }),
    },
    meaning: GOES_ON,
    // Meanwhile nobody reads the stream, and nothing can happen to what others would hear.
    ...(isOfStream(kind) && { alone: AFTER_ALL }),
  }));
}

/**
 * Dollars that no other cell moves: from 20.01 on, so none of the sandbox's magic amounts, and never a whole ten cents,
 * because what is written with another number of digits is another amount to a fault.
 */
export function amountOf(number: number): string {
  return ((2_001 + Math.floor(number / 9) * 10 + (number % 9)) / 100).toFixed(2);
}
