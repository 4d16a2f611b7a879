/** How harsh a world is: the rates of every kind of fault, by a scale that the world draws. */
import type { Random } from '../chaos/random.ts';
import type { Weather } from './clock/engine.ts';
import type { Harshness, Outage } from './companies/faults.ts';

const MINUTE = 60_000;

/** What goes wrong on our own side. */
export function ownWeather(scale: number): Weather {
  return { databaseAway: 0.01 * scale, answerLost: 0.01 * scale, workerDies: 0.015 * scale };
}

/** What goes wrong at the companies. */
export function harshness(scale: number): Harshness {
  return {
    ...{ refuses: 0.01 * scale, away: 0.02 * scale, unclear: 0.02 * scale },
    ...{ lost: 0.05 * scale, twice: 0.05 * scale, late: 0.02 * scale },
    ...{ fails: 0.02 * scale, denies: 0.02 * scale, stuck: 0.01 * scale, takenBack: 0.01 * scale },
  };
}

/** A time in which one company is out, from one of its first calls on; most worlds have none. */
export function outage(random: Random): Outage | undefined {
  if (!random.chance(0.08)) return undefined;
  return {
    provider: random.pick(['circle', 'mint', 'alpaca'] as const),
    fromCall: random.pick([1, 1, 2, 3]),
    lastsMs: random.integer(1, 180) * MINUTE,
  };
}
