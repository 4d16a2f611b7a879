/** What the code says there is to be caught: every activity, and every function of the database that one calls. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createActivities } from '../../../activities/index.ts';
import type { ActivityPorts } from '../../../activities/ports.ts';
import { SQL_FUNCTIONS } from './steps.ts';

const ROOT = path.join(import.meta.dirname, '..', '..', '..');

/** Names of all activities, by the object that the worker registers. */
export function activitiesInCode(): string[] {
  // Only names are asked for: nothing of this is ever called.
  const nothing: unknown = new Proxy(() => nothing, {
    get: (_, name) => (name === 'then' ? undefined : nothing),
  });
  return Object.keys(createActivities(nothing as ActivityPorts)).sort();
}

/** The declarations of a file at its top level: name to text. */
function declarationsOf(text: string): Map<string, string> {
  const starts = [...text.matchAll(/^(?:export )?(?:async )?(?:function\*?|const|class) (\w+)/gm)];
  return new Map(
    starts.map((start, index) => [start[1] ?? '', text.slice(start.index, starts[index + 1]?.index)]),
  );
}

/** The functions of the database that a declaration calls, also by way of others of its file. */
function functionsOf(
  name: string,
  declarations: ReadonlyMap<string, string>,
  seen = new Set<string>(),
): string[] {
  const text = declarations.get(name);
  if (text === undefined || seen.has(name)) return [];
  seen.add(name);
  const words = [...text.matchAll(/\b(\w+)\b/g)].map(([, word]) => word ?? '');
  // In its statement, or by its name alone where the statement is made of the name.
  const called = [...text.matchAll(/\b(?:select|from|,)\s+(\w+)\(|'(\w+)'/g)].map(
    (found) => found[1] ?? found[2] ?? '',
  );
  return [
    ...called.filter((word) => SQL_FUNCTIONS.has(word)),
    ...words.flatMap((word) => functionsOf(word, declarations, seen)),
  ];
}

/** What a file imports from db/: the file, and the names that are used of it. */
function importsOf(file: string): { from: string; names: string[] }[] {
  const text = readFileSync(file, 'utf8');
  const found = [...text.matchAll(/import (type )?(\{[^}]*\}|\* as (\w+)) from '([^']+\/db\/[^']+)'/g)];
  return found.flatMap(([, isType, list = '', all, from = '']) => {
    if (isType) return [];
    const names = all
      ? [...text.matchAll(new RegExp(`\\b${all}\\.(\\w+)`, 'g'))].map(([, name]) => name ?? '')
      : [...list.matchAll(/(?:^|[{,])\s*(\w+)(?: as \w+)?\s*(?=[,}])/g)].map(([, name]) => name ?? '');
    return [{ from: path.join(path.dirname(file), from), names }];
  });
}

/** Every function of db/functions that the code of the activities calls, with the files that do. */
export function functionsCalledByActivities(): Map<string, string[]> {
  const folder = path.join(ROOT, 'activities');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const calledBy = new Map<string, string[]>();
  for (const file of files) {
    for (const { from, names } of importsOf(path.join(folder, file))) {
      const declarations = declarationsOf(readFileSync(from, 'utf8'));
      for (const called of names.flatMap((name) => functionsOf(name, declarations)))
        calledBy.set(called, [...new Set([...(calledBy.get(called) ?? []), file])]);
    }
  }
  return calledBy;
}
