/** How far back an effect is looked up at a provider. */

const DAY_MS = 24 * 3600 * 1000;
/** A lifecycle that is older is in review since long. */
const LOOK_UP_DAYS = 30;

/** RFC 3339 time from which on a look-up lists. */
export function lookUpSince(): string {
  return new Date(Date.now() - LOOK_UP_DAYS * DAY_MS).toISOString();
}
