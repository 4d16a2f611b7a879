/** What a lifecycle says of itself so that every fault of every call of it can be played. */
import type { Customer } from '../../support/customer.ts';
import type { TestStack } from '../../support/stack.ts';
import type { Fault } from '../../support/trouble.ts';
import type { Call, Cell, Outcomes } from './table.ts';

/** Adds a fault that must have happened by the end of the cell. */
export type Plant = (fault: Fault) => Promise<void>;

/** What a lifecycle asks and hears, as plain data: the list of what is covered reads it without playing anything. */
export interface Table {
  readonly lifecycle: string;
  readonly calls: readonly Call[];
  readonly outcomes: readonly Outcomes[];
  /** Operations of events. */
  readonly events: readonly string[];
  readonly cells: readonly Cell[];
}

/** One cell that is being played. */
export interface Playing<World> {
  readonly stack: TestStack;
  readonly world: World;
  readonly cell: Cell;
  /** Grows with each cell: for amounts and names that no other cell has. */
  readonly number: number;
  /** What goes side by side has another lane, and in a lane one cell follows the other. */
  readonly lane: number;
  readonly plant: Plant;
}

export interface FaultedLifecycle<World, Trail> {
  readonly table: Table;
  /** Dollars at the broker before the worker opens the books; a million unless told. */
  readonly firmCash?: string | null;
  /** Cells on their way at once, beside those that must be alone. */
  readonly lanes: number;
  /** Prepares everything that the cells share. */
  begin(stack: TestStack, lanes: number): Promise<World>;
  /** Before the cells that are played after all others. */
  beforeAlone?(world: World): Promise<void>;
  /** Begins one, hits it with the cell's fault and sees it through to its end. */
  play(playing: Playing<World>): Promise<Trail>;
  /** Throws unless it ended as the cell says. */
  check(playing: Omit<Playing<World>, 'plant'>, trail: Trail): Promise<void>;
  /** Throws unless each effect of all of them happened once. */
  eachEffectOnce(stack: TestStack, world: World): Promise<void>;
  /** Whose places are compared with the companies' books. */
  customers(world: World): readonly Customer[];
  /** USDC that lies at a company in front of our place there, in smallest units. */
  strandedUnits?(world: World): bigint;
  end?(world: World): Promise<void>;
}
