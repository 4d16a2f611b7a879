/** Rules of the passcode that confirms movements of money. */

/** Wrong tries in a row after which the passcode locks. */
export const PASSCODE_MAX_FAILURES = 5;
const FIRST_LOCK_SECONDS = 60;
const LONGEST_LOCK_SECONDS = 24 * 60 * 60;

/**
 * Seconds that the passcode stays locked after so many wrong tries in a row: none below five, then one minute,
 * doubled by each further wrong try, at most one day.
 */
export function passcodeLockSeconds(failures: number): number {
  if (failures < PASSCODE_MAX_FAILURES) return 0;
  const doublings = Math.min(failures - PASSCODE_MAX_FAILURES, 20);
  return Math.min(FIRST_LOCK_SECONDS * 2 ** doublings, LONGEST_LOCK_SECONDS);
}

/** True when a passcode of digits is one of the first guesses: one digit repeated, or digits that count up or down. */
export function isGuessablePasscode(passcode: string): boolean {
  const steps = new Set<number>();
  for (let index = 1; index < passcode.length; index++) {
    steps.add(passcode.charCodeAt(index) - passcode.charCodeAt(index - 1));
  }
  const [step] = steps;
  return steps.size === 1 && step !== undefined && Math.abs(step) <= 1;
}
