/** The database as activities know it: each statement does in memory what its SQL function does. */
import type { Database } from '../../db/client.ts';
import type { Store } from './store.ts';
import type { StoreFunction, Surroundings } from './surroundings.ts';

/** What the statements of a world reach. */
export interface DatabaseParts {
  readonly store: Store;
  readonly around: Surroundings;
  readonly functions: Readonly<Record<string, StoreFunction>>;
  /** The switches that the next call of a lifecycle depends on. */
  rails(lifecycle: string, id: string): readonly string[];
}

const MARKED_UNCLEAR = /set state = 'unknown'[\s\S]*lifecycle = '(\w+)'/;
const isJson = (value: unknown): value is string => typeof value === 'string' && /^[{[]/.test(value);

/** Statements by what they call; whatever else is asked fails loudly. */
export function databaseOver({ store, around, functions, rails }: DatabaseParts): Database {
  const unknown = (statement: string) => new Error(`the simulation knows no statement ${statement}`);
  const asked = {
    prepared: async (name: string, _text: string, [id, ...rest]: unknown[]) => {
      if (name === 'address_sanctioned') return [{ list: around.sanctioned('address') }];
      if (name === 'names_sanctioned') return [{ list: around.sanctioned('name') }];
      const run = functions[name];
      if (!run) throw unknown(name);
      const given = rest.map((value) => (isJson(value) ? JSON.parse(value) : value));
      return [{ result: run(String(id), ...(given as never[])) }];
    },
    query: async (text: string, values: string[]) => {
      const [first = '', second = '', third = ''] = values;
      if (text.includes('decide_review')) {
        const evidence = JSON.parse(values[5] || '{}') as Readonly<Record<string, string>>;
        return [{ decided: store.decide(first, second, values[4] ?? '', evidence) }];
      }
      if (text.includes('lifecycle_paused_by')) return [{ words: around.pausedBy(rails(first, second)) }];
      const lifecycle = MARKED_UNCLEAR.exec(text)?.[1];
      if (lifecycle === undefined) throw unknown(text.slice(0, 60));
      store.markUnclear(lifecycle, first, second, third);
      return [];
    },
  };
  return asked as unknown as Database;
}
