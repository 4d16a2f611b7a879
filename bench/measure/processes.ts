/** What processes have used so far, as the kernel counts it (Linux: /proc). */
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks of /proc per second: 100 on every Linux that Node runs on (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

interface Stat {
  readonly parent: number;
  /** User and system time of the process and of its children that have ended, in seconds. */
  readonly seconds: number;
}

/** CPU seconds by name; those of Postgres include its backends. Zero where the kernel does not say. */
export function cpuSeconds(pids: Readonly<Record<string, number>>): Record<string, number> {
  const children = new Map<number, number>();
  for (const name of numbersIn('/proc')) {
    const stat = statOf(name);
    if (stat) children.set(stat.parent, (children.get(stat.parent) ?? 0) + stat.seconds);
  }
  const used = (name: string, pid: number) =>
    (statOf(pid)?.seconds ?? 0) + (name === 'postgres' ? (children.get(pid) ?? 0) : 0);
  return Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, used(name, pid)]));
}

/** CPU milliseconds that each of `count` lifecycles took between two readings, by process. */
export function cpuPerLifecycle(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
  count: number,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).map(([name, seconds]) => [name, ((seconds - (before[name] ?? 0)) * 1000) / count]),
  );
}

function numbersIn(folder: string): number[] {
  try {
    return readdirSync(folder).map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function statOf(pid: number): Stat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name stands in parentheses and may hold spaces: the fields are counted after it.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + (fields[index] ?? 0), 0);
    return { parent: fields[1] ?? 0, seconds: ticks / TICKS_PER_SECOND };
  } catch {
    return undefined;
  }
}
