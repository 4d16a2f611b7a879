/** Rules on who may import whom: the table of layers, no circles, nothing dead. */
import path from 'node:path';
import { exportsOf, type Import, importsOf, type Rule, sources, type Tree, withoutComments } from './tree.ts';

/** The layer that a path belongs to: its top folder, or the file itself. */
const layerOf = (name: string): string => (name.includes('/') ? (name.split('/')[0] as string) : name);

/** What a workflow's callers may know of it: its messages and its contract, never its code. */
const MESSAGES = /^workflows\/(contract\.ts$|.*messages\.ts$)/;
const WEBHOOK = /^activities\/providers\/[^/]+\/webhook\.ts$/;

interface Layer {
  /** Own files that it may import, beside its own folder. */
  readonly mayImport: RegExp;
  /** Own files that it may import types of. */
  readonly mayType?: RegExp;
  readonly packages: RegExp;
}

const ANY = /./;
const NONE = /^$/;

/** The import table. Every layer may import itself. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  domain: { mayImport: NONE, packages: NONE },
  workflows: {
    mayImport: /^domain\//,
    mayType: /^activities\//,
    packages: /^@temporalio\/(workflow|common)$/,
  },
  activities: {
    mayImport: new RegExp(`^(domain|db|temporal)/|${MESSAGES.source}`),
    mayType: /^workflows\/|^config\.ts$/,
    packages: ANY,
  },
  db: { mayImport: /^domain\//, packages: /^(node:|drizzle-orm($|\/)|pg$)/ },
  api: {
    mayImport: new RegExp(`^(domain|db|temporal)/|^config\\.ts$|${MESSAGES.source}|${WEBHOOK.source}`),
    packages: ANY,
  },
  temporal: { mayImport: new RegExp(`^domain/|${MESSAGES.source}`), mayType: /^config\.ts$/, packages: ANY },
  sandbox: { mayImport: NONE, packages: ANY },
  'config.ts': { mayImport: /^(domain\/|config-values\.ts$)/, packages: /^zod$|^node:/ },
  'config-values.ts': { mayImport: /^domain\//, packages: /^zod$|^node:/ },
  'worker.ts': {
    mayImport: new RegExp(`^(domain|activities|db|temporal)/|^config\\.ts$|${MESSAGES.source}`),
    packages: ANY,
  },
};

/** Why an import breaks the table; undefined when it does not. */
function breach(name: string, imported: Import): string | undefined {
  const layer = layerOf(name);
  const rule = LAYERS[layer];
  if (!rule) return undefined;
  const { target, specifier, typeOnly } = imported;
  if (target === undefined) {
    return rule.packages.test(specifier)
      ? undefined
      : `${name}: ${layer} may not import the package ${specifier}`;
  }
  if (layerOf(target) === layer || rule.mayImport.test(target)) return undefined;
  if (typeOnly && rule.mayType?.test(target)) return undefined;
  const hint = rule.mayType?.test(target) ? ' (only with `import type`)' : '';
  return `${name}: ${layer} may not import ${target}${hint}`;
}

const importTable: Rule = {
  name: 'each layer imports only what the table allows',
  check: (tree) =>
    sources(tree).flatMap(([name, text]) =>
      importsOf(name, text).flatMap((imported) => breach(name, imported) ?? []),
    ),
  planted: {
    'workflows/funding/greedy.ts': "/** Bad. */\nimport { deposits } from '../../db/funding/deposit.ts';\n",
  },
};

const existing: Rule = {
  name: 'every relative import leads to a file, by its full name',
  check: (tree) =>
    sources(tree).flatMap(([name, text]) =>
      importsOf(name, text).flatMap(({ target }) =>
        target === undefined || tree.has(target) ? [] : [`${name}: there is no ${target}`],
      ),
    ),
  planted: { 'domain/lost.ts': "/** Bad. */\nimport { gone } from './gone.ts';\n" },
};

const noCircles: Rule = {
  name: 'no file imports itself by a detour',
  check: (tree) => {
    const edges = new Map(
      sources(tree).map(([name, text]) => [
        name,
        importsOf(name, text).flatMap(({ target, typeOnly }) => (target && !typeOnly ? [target] : [])),
      ]),
    );
    const done = new Set<string>();
    const circles: string[] = [];
    const walk = (name: string, way: readonly string[]): void => {
      if (way.includes(name)) {
        circles.push(`${[...way.slice(way.indexOf(name)), name].join(' -> ')}: a circle`);
        return;
      }
      if (done.has(name)) return;
      for (const next of edges.get(name) ?? []) walk(next, [...way, name]);
      done.add(name);
    };
    for (const name of edges.keys()) walk(name, []);
    return circles;
  },
  planted: {
    'domain/hen.ts': "/** Bad. */\nimport { egg } from './egg.ts';\nexport const hen = egg;\n",
    'domain/egg.ts': "/** Bad. */\nimport { hen } from './hen.ts';\nexport const egg = hen;\n",
  },
};

/** Whoever runs these files is not another source file. */
const ENTRIES =
  /\.test\.ts$|^test\/tidy\/|^(worker\.ts|api\/server\.ts|sandbox\/server\.ts)$|\.config\.(ts|js)$/;

/** Every path that a file names in a string, as written in it or as seen from the root. */
function namedPaths(name: string, text: string): string[] {
  return [...text.matchAll(/[\w@./-]+\.(?:ts|js)\b/g)].flatMap(([literal]) => [
    path.posix.normalize(literal),
    path.posix.join(path.posix.dirname(name), literal),
  ]);
}

const noDeadFiles: Rule = {
  name: 'every source file is used by another file or run by a command',
  check: (tree) => {
    const used = new Set<string>();
    for (const [name, text] of tree) {
      // The rules themselves name files that must not count as used.
      if (/\.md$|package-lock|^test\/tidy\//.test(name)) continue;
      for (const target of namedPaths(name, text)) if (target !== name) used.add(target);
    }
    return sources(tree).flatMap(([name]) =>
      used.has(name) || ENTRIES.test(name) ? [] : [`${name}: nothing uses it`],
    );
  },
  planted: { 'domain/orphan.ts': '/** Nobody wants me. */\nexport const orphan = 1;\n' },
};

/** Exports that nothing in the sources names, and why each stays. An entry that is not needed any more fails. */
export const EXPORTS_KEPT: Readonly<Record<string, string>> = {};

/** Names that only their own file knows. A type may be: it describes what an exported function takes or answers. */
function unusedExports(tree: Tree): string[] {
  const words = new Map<string, Set<string>>();
  for (const [name, text] of sources(tree)) {
    if (name.startsWith('test/tidy/')) continue;
    for (const word of withoutComments(text).match(/\w+/g) ?? []) {
      words.set(word, (words.get(word) ?? new Set()).add(name));
    }
  }
  return sources(tree).flatMap(([name, text]) =>
    exportsOf(text)
      .filter(({ name: exported }) => {
        if (name.startsWith('test/tidy/') || (words.get(exported)?.size ?? 0) > 1) return false;
        return !isDescribed(withoutComments(text), exported);
      })
      .map(({ name: exported }) => `${name}#${exported}`),
  );
}

function isDescribed(code: string, exported: string): boolean {
  const isType = new RegExp(`^export (interface|type) ${exported}\\b`, 'm').test(code);
  return isType && (code.match(new RegExp(`\\b${exported}\\b`, 'g'))?.length ?? 0) > 1;
}

const noUnusedExports: Rule = {
  name: 'every export is used in another file',
  check: (tree) => {
    const unused = new Set(unusedExports(tree));
    return [
      ...[...unused]
        .filter((key) => !(key in EXPORTS_KEPT))
        .map((key) => `${key}: used nowhere else; delete it or do not export it`),
      ...Object.keys(EXPORTS_KEPT)
        .filter((key) => !unused.has(key))
        .map((key) => `${key}: is used by now; take it off the list of kept exports`),
    ];
  },
  planted: { 'domain/spare.ts': '/** Bad. */\nexport const spareWheelOfNobody = 1;\n' },
};

export const IMPORT_RULES: readonly Rule[] = [importTable, existing, noCircles, noDeadFiles, noUnusedExports];
