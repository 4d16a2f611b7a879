/** Plays one world and says each thing that happens in it: what was called, written, told and decided, and when. */
import type { BugName } from './bugs/bugs.ts';
import { seedOf } from './campaign.ts';
import { breachesOf } from './invariants/world.ts';
import { World } from './world.ts';

/** What is said of a happening is cut after so much. */
const LONGEST = 400;

/** Plays the world to its end and tells `say` a line for each happening, then one for each breach. */
export async function traceWorld(
  {
    seed,
    number,
    bug,
  }: { readonly seed: number; readonly number: number; readonly bug: BugName | undefined },
  say: (line: string) => void,
): Promise<void> {
  const once = withoutEchoes(say);
  const world = new World(seedOf(seed, number), new Set(bug ? [bug] : []));
  const told = (what: string, ...details: readonly unknown[]): void =>
    once(clock(world.engine.now), `${what} ${details.map(inShort).join(' ')}`.trimEnd());
  watch(world.store, told, ['transition', 'annotate', 'markUnclear', 'decide', 'dropIntents']);
  watch(world.engine, told, ['callProvider', 'callOnce', 'tell']);
  watch(world, told, ['ask']);
  const keep = world.store.keep.bind(world.store);
  world.store.keep = (event) => {
    told(`event ${event.id}`, event.word.message);
    keep(event);
  };
  await world.play();
  for (const row of world.store.rows.values()) say(`rests: ${JSON.stringify(row, plain)}`);
  for (const breach of breachesOf(world)) say(`BROKEN  ${breach}`);
}

/** A look-up that is answered as the one before is not said again. */
function withoutEchoes(say: (line: string) => void): (at: string, line: string) => void {
  const last: string[] = [];
  return (at, line) => {
    if (!last.includes(line)) say(`${at}  ${line}`);
    last.push(line);
    if (last.length > 2) last.shift();
  };
}

/** Says the methods' calls, and their answers where they have one. */
function watch<Of extends object>(
  of: Of,
  told: (what: string, ...details: unknown[]) => void,
  names: (keyof Of)[],
) {
  for (const name of names) {
    const method = of[name] as (...input: unknown[]) => unknown;
    const end = (answer: unknown) => answer !== undefined && told(`  ${String(name)} answers`, answer);
    const watched = (...input: unknown[]) => {
      told(String(name), ...input);
      const answer = method.apply(of, input);
      if (answer instanceof Promise)
        answer.then(end, (error: Error) => told(`  ${String(name)} fails`, error.message, error.cause));
      else end(answer);
      return answer;
    };
    of[name] = watched as Of[keyof Of];
  }
}

/** Days, hours, minutes and seconds since the world began. */
function clock(ms: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const day = 24 * 3_600_000;
  const rest = new Date(ms % day).toISOString().slice(11, 23);
  return `${two(ms / day)} ${rest}`;
}

function inShort(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value, plain) ?? String(value));
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Error) return `${value.message}${value.cause ? `: ${String(value.cause)}` : ''}`;
  // What an execution waits for are functions.
  return value instanceof Map ? undefined : value;
}
