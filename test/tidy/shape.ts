/** Rules on the shape of a file: its size, its name, its first line and its words. */
import path from 'node:path';
import { exportsOf, lineOf, type Rule, sources, withoutComments } from './tree.ts';

const FILE_LINES = 300;
const TEST_LINES = 500;
const LINE_LENGTH = 120;

const fileSize: Rule = {
  name: `a file has at most ${FILE_LINES} lines, a test ${TEST_LINES}`,
  check: (tree) =>
    sources(tree).flatMap(([name, text]) => {
      const lines = text.trimEnd().split('\n').length;
      const cap = name.startsWith('test/') ? TEST_LINES : FILE_LINES;
      return lines > cap ? [`${name}: ${lines} lines; split it by what its parts are for`] : [];
    }),
  planted: { 'domain/long.ts': 'line\n'.repeat(FILE_LINES + 1) },
};

const lineLength: Rule = {
  name: `a line has at most ${LINE_LENGTH} characters`,
  check: (tree) =>
    [...sources(tree), ...[...tree].filter(([name]) => name.startsWith('db/functions/'))].flatMap(
      ([name, text]) =>
        text
          .split('\n')
          .flatMap((line, index) =>
            line.length > LINE_LENGTH ? [`${name}:${index + 1}: ${line.length} characters`] : [],
          ),
    ),
  planted: { 'domain/wide.ts': `/** ${'x'.repeat(LINE_LENGTH)} */` },
};

const HEAP_NAMES = new Set([
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'misc',
  'lib',
  'shared',
  'stuff',
]);

const fileNames: Rule = {
  name: 'a file is named after what it is for, in kebab case',
  check: (tree) =>
    sources(tree).flatMap(([name]) => {
      const parts = name.replace(/\.(test|config)?\.?(ts|js)$/, '').split('/');
      const heap = parts.find((part) => HEAP_NAMES.has(part));
      if (heap) return [`${name}: "${heap}" says nothing; name the thing or the job`];
      return /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)?$/.test(path.posix.basename(name).replace(/\.(ts|js)$/, ''))
        ? []
        : [`${name}: not kebab case`];
    }),
  planted: { 'domain/utils.ts': '/** Heap. */', 'api/depositRoutes.ts': '/** Camel. */' },
};

const firstComment: Rule = {
  name: 'a file begins with a comment on what it is for',
  check: (tree) =>
    [
      ...sources(tree).map(
        ([name, text]) => [name, /^(#![^\n]*\n)?(\/\*\*|\/\/|\/\*) ?\S/.test(text)] as const,
      ),
      ...[...tree]
        .filter(([name]) => /^db\/functions\/.*\.sql$/.test(name))
        .map(([name, text]) => [name, text.startsWith('-- ')] as const),
    ].flatMap(([name, commented]) =>
      commented ? [] : [`${name}: begin with one sentence on what it is for`],
    ),
  planted: { 'domain/silent.ts': 'export const a = 1;\n', 'db/functions/99-silent.sql': 'select 1;' },
};

const docstrings: Rule = {
  name: 'every exported function has a docstring',
  check: (tree) =>
    sources(tree).flatMap(([name, text]) =>
      exportsOf(text)
        .filter(({ kind, at }) => {
          if (kind.includes('function')) return true;
          const rest = withoutComments(text).slice(at, at + 400);
          return (
            kind === 'const' &&
            /^export const \w+(: [^=]+)? = (async )?(\([^)]*\)(: [^=]+)?|\w+) =>/.test(rest)
          );
        })
        .filter(({ at, name: exported }) => {
          // An overload or the implementation after it is covered by the first signature's words.
          const first = text.search(new RegExp(`^export (async )?function\\*? ${exported}\\b`, 'm'));
          const from = first >= 0 && first < at ? first : at;
          return !/\*\/\s*(\/\/[^\n]*\n\s*)*$/.test(text.slice(0, from));
        })
        .map(({ name: exported, at }) => `${name}:${lineOf(text, at)}: ${exported} has no docstring`),
    ),
  planted: {
    'domain/mute.ts': '/** A file. */\n\nconst x = 1;\nexport function mute(): number {\n  return x;\n}\n',
  },
};

interface BannedWord {
  readonly word: RegExp;
  readonly where: RegExp;
  readonly except?: RegExp;
  readonly instead: string;
  readonly inComments?: boolean;
}

const PRODUCT = /^(workflows|domain|activities|api|db|temporal)\/|^(worker|config)\.ts$/;
// Spelled in parts, so that this file does not break its own rule.
const LEFTOVER = new RegExp(
  `\\b(${['FIX', 'TO', 'XX'].map((head, i) => head + ['ME', 'DO', 'X'][i]).join('|')})\\b`,
);

export const BANNED: readonly BannedWord[] = [
  { word: /\bconsole\./, where: PRODUCT, instead: 'the log of the layer' },
  { word: /\bDate\.now\b/, where: /^(domain|workflows)\//, instead: 'a time that the caller passes' },
  { word: /\bnew Date\(\)/, where: /^(domain|workflows)\//, instead: 'a time that the caller passes' },
  { word: /\bMath\.random\b/, where: /^(domain|workflows)\//, instead: 'an id that the caller passes' },
  {
    word: /\brandomUUID\b|\buuid4\b/,
    where: /^(domain|workflows)\//,
    instead: 'an id derived from the record',
  },
  {
    // Handing the whole environment to the one reader is how a process begins.
    word: /(?<!\()\bprocess\.env\b|\bprocess\.env\b(?!\))/,
    where: /./,
    except: /^(config\.ts|sandbox\/config\.ts|drizzle\.config\.ts|jest\.config\.js|(scripts|test|bench)\/)/,
    instead: 'a value of config.ts',
  },
  { word: /\bas any\b/, where: /./, instead: 'the type that it has, or unknown and a check' },
  { word: /@ts-(ignore|nocheck)\b/, where: /./, instead: 'code that compiles', inComments: true },
  { word: LEFTOVER, where: /./, instead: 'the work itself', inComments: true },
  { word: /^export default\b/m, where: PRODUCT, instead: 'a named export' },
  { word: /\b(parseFloat|toFixed)\(/, where: PRODUCT, instead: 'parseUnits and formatUnits' },
];

const bannedWords: Rule = {
  name: 'words that are banned in a place are not used there',
  check: (tree) =>
    sources(tree).flatMap(([name, text]) => {
      if (name.startsWith('test/tidy')) return [];
      return BANNED.filter(({ where, except }) => where.test(name) && !except?.test(name)).flatMap(
        (banned) => {
          const searched = banned.inComments ? text : withoutComments(text);
          const all = new RegExp(banned.word.source, `g${banned.word.flags.replace('g', '')}`);
          return [...searched.matchAll(all)].map(
            (match) => `${name}:${lineOf(text, match.index)}: ${match[0]}; use ${banned.instead}`,
          );
        },
      );
    }),
  planted: { 'domain/clock.ts': '/** A clock. */\nexport const now = Date.now();\n' },
};

export const SHAPE_RULES: readonly Rule[] = [
  fileSize,
  lineLength,
  fileNames,
  firstComment,
  docstrings,
  bannedWords,
];
