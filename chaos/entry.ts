/** What a lifecycle says to join the campaigns: how one starts, when one is settled, what must hold for it. */
import type { ReadyCustomer } from '../scripts/stack/ready-customer.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

export interface Entry {
  /** As in `LIFECYCLES`. */
  readonly lifecycle: string;
  /** Its share of what is started, beside the others' shares. */
  readonly share: number;
  /** Quick rules, so that a run passes hours in seconds. */
  prepare(world: World): Promise<void>;
  /**
   * Starts one for the customer and answers how many there are more; a request that was refused or cut off
   * may answer 0 or throw, and may have started one all the same.
   */
  start(world: World, customer: ReadyCustomer, random: Random): Promise<number>;
  /**
   * SQL over the lifecycle's table, named `t`: true when nothing will happen any more without a person, the
   * customer or more money. What is final or in review counts without being told here.
   */
  readonly settledWhen: string;
  /** What must hold for this lifecycle at the end, beside what holds for all. */
  readonly invariants: readonly Invariant[];
}

/** A sentence that must be true, with the figures that show it. */
export interface Invariant {
  readonly holds: string;
  check(world: World, customers: readonly ReadyCustomer[]): Promise<Evidence>;
}

export interface Evidence {
  /** What was compared, in a few words and figures. */
  readonly shown: string;
  /** One line for each breach; empty when the sentence is true. */
  readonly breaches: readonly string[];
}
