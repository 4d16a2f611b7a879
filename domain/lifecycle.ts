/**
 * The one way to declare a lifecycle: states, the events that move between them, and the
 * sentences people read. Everything else that knows states is derived from such a declaration.
 */

/** Whom a state waits for; `nobody` marks work that we do ourselves right away. */
export type WaitsFor = 'customer' | 'chain' | 'circle' | 'broker' | 'sluice' | 'support' | 'nobody';

/** One state of a lifecycle. A state without `on` is final. */
export interface StateSpec<Name extends string = string> {
  /** What the customer reads. */
  readonly customer: string;
  /** What support reads: what is happening and what comes next. */
  readonly support: string;
  readonly waitsFor: WaitsFor;
  /** What happens next by itself, in one sentence; where it is missing, it follows from whom the state waits for. */
  readonly next?: string;
  /** Who can act and how, in one sentence. */
  readonly act?: string;
  /** After this many seconds in the state somebody must look. Final states have none. */
  readonly stuckAfterSeconds?: number;
  /** Event name to the state it leads to. */
  readonly on?: { readonly [event: string]: Name };
  /** A final state that the world may still reopen (a correction, a return). */
  readonly reopens?: { readonly [event: string]: Name };
}

/** What to say where a state lasts longer than usual, for one reason of `waiting_for`. */
export interface WaitWords {
  /** What the customer reads after the state's own sentence; absent where no customer is concerned. */
  readonly customer?: string;
  readonly support: string;
  /** Whom it waits for: one of `WaitsFor`, or the treasury. */
  readonly waitsFor: string;
  readonly next?: string;
  readonly act?: string;
  /** The state's own sentence would be wrong here: this one stands alone. */
  readonly alone?: true;
}

export interface Lifecycle<S extends { readonly [K in keyof S]: StateSpec<keyof S & string> }> {
  readonly name: string;
  readonly initial: keyof S & string;
  readonly states: S;
}

/** Declares a lifecycle. A target that is not a state of the same declaration does not compile. */
export function defineLifecycle<const S extends { readonly [K in keyof S]: StateSpec<keyof S & string> }>(
  lifecycle: Lifecycle<S>,
): Lifecycle<S> {
  return lifecycle;
}

// biome-ignore lint/suspicious/noExplicitAny: the state map of an arbitrary lifecycle
export type AnyLifecycle = Lifecycle<any>;

/** Union of the state names. */
export type StateOf<L extends AnyLifecycle> = keyof L['states'] & string;

type EventsOf<Spec> =
  | (Spec extends { readonly on: infer E } ? keyof E & string : never)
  | (Spec extends { readonly reopens: infer E } ? keyof E & string : never);

/** Union of the event names. */
export type EventOf<L extends AnyLifecycle> = {
  [K in keyof L['states']]: EventsOf<L['states'][K]>;
}[keyof L['states']];

/** One allowed edge of a lifecycle. */
export interface Edge {
  readonly from: string;
  readonly event: string;
  readonly to: string;
}

/** Every state name, in the order of the declaration. */
export function statesOf<L extends AnyLifecycle>(lifecycle: L): StateOf<L>[] {
  return Object.keys(lifecycle.states) as StateOf<L>[];
}

/** Every allowed edge, in the order of the declaration. */
export function edgesOf(lifecycle: AnyLifecycle): Edge[] {
  const edges: Edge[] = [];
  for (const [from, spec] of Object.entries(lifecycle.states) as [string, StateSpec][]) {
    for (const [event, to] of Object.entries({ ...spec.on, ...spec.reopens }))
      edges.push({ from, event, to });
  }
  return edges;
}

/** A final state has no way forward of its own; the world may still reopen it. */
export function isFinal<L extends AnyLifecycle>(lifecycle: L, state: StateOf<L>): boolean {
  return Object.keys((lifecycle.states[state] as StateSpec).on ?? {}).length === 0;
}

/** The states that have a way forward of their own, in the order of the declaration. */
export function openStatesOf<L extends AnyLifecycle>(lifecycle: L): StateOf<L>[] {
  return statesOf(lifecycle).filter((state) => !isFinal(lifecycle, state));
}

/** The specification of one state. */
export function stateSpec<L extends AnyLifecycle>(lifecycle: L, state: StateOf<L>): StateSpec {
  return lifecycle.states[state] as StateSpec;
}
