/** What one lifecycle brings into the simulation. Whatever follows joins by an entry of its own in entries.ts. */
import type { AnyLifecycle } from '../domain/lifecycle.ts';
import type { Activities } from './clock/engine.ts';
import type { Word } from './companies/word.ts';
import type { Operation, Row, Store } from './database/store.ts';
import type { StoreFunction, Surroundings } from './database/surroundings.ts';
import type { Ports } from './ports.ts';
import type { World } from './world.ts';

/** A sentence that must be true of a world at rest. */
export interface Invariant {
  readonly holds: string;
  /** One line for each breach. */
  readonly check: () => string[];
}

/** A lifecycle in one world; everything else in the simulation knows no lifecycle. */
export interface Entry {
  /** Its declaration: the name, the states, the edges. */
  readonly declared: AnyLifecycle;
  /** Its workflow, for one id. */
  workflow(id: string): Promise<unknown>;
  /** The real activities that the workflow calls. */
  activities(ports: Ports): Activities;
  /** What its SQL functions do, by the names that statements call them by. */
  functions(store: Store, around: Surroundings): Readonly<Record<string, StoreFunction>>;
  /** The switches that its next call to a company depends on. */
  rails(row: Row): readonly string[];
  /** Whether it must hear a company's word; `operation` is the one that the word is about. */
  hears(row: Row | undefined, operation: Operation | undefined, message: Word['message']): boolean;
  /** Whether it must know when the chain drops a transfer of its own that had been final. */
  readonly hearsOfDroppedTransfers: boolean;
  /** What a person can read at the companies; undefined while the step has not happened there. */
  evidence(row: Row): Readonly<Record<string, string>> | undefined;
  /** Plans how some of them begin, and what people wish of them. */
  begin(): void;
  /** Whether nothing is expected of it any more. */
  isAtRest(row: Row): boolean;
  /** What the customer has brought by it, less what has left by it, as the companies know it; in smallest units. */
  brought(): bigint;
  readonly invariants: readonly Invariant[];
}

/** Makes the entry of a lifecycle for one world. */
export type Join = (world: World) => Entry;
