/** A clock that a test moves by hand, for code that is given its clock. */

export interface TestClock {
  now(): Date;
  /** Moves the clock forward. */
  advance(milliseconds: number): void;
}

/** Starts at a fixed instant unless told: tests then do not depend on the day they run. */
export function testClock(start: Date = new Date('2026-01-05T15:00:00.000Z')): TestClock {
  let current = start.getTime();
  return {
    now: () => new Date(current),
    advance: (milliseconds) => {
      current += milliseconds;
    },
  };
}
