/** The files of the project as text, and what can be read off them without compiling. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Not written by hand, or not part of the project. */
const SKIPPED = new Set(['node_modules', '.git', '.local', 'coverage', 'results', 'histories', 'images']);
const TEXT =
  /\.(ts|js|json|sql|md|ya?ml|toml|sh|html|css|txt|example)$|(^|\/)(Dockerfile|run|\.npmrc|\.gitignore)$/;

/** Path from the root, with forward slashes, to text. */
export type Tree = ReadonlyMap<string, string>;

/** A rule over the whole project: it answers one sentence per breach, led by the path. */
export interface Rule {
  readonly name: string;
  readonly check: (tree: Tree) => string[];
  /** Files that break the rule when they are added or put in place: the proof that it can fail. */
  readonly planted: Readonly<Record<string, string>>;
}

/** Reads every text file of the project. */
export function readTree(folder = ''): Map<string, string> {
  const tree = new Map<string, string>();
  for (const entry of readdirSync(path.join(ROOT, folder), { withFileTypes: true })) {
    const name = folder ? `${folder}/${entry.name}` : entry.name;
    if (SKIPPED.has(entry.name)) continue;
    if (entry.isDirectory()) for (const [key, text] of readTree(name)) tree.set(key, text);
    else if (entry.isFile() && TEXT.test(name)) tree.set(name, readFileSync(path.join(ROOT, name), 'utf8'));
  }
  return tree;
}

/** The TypeScript and JavaScript sources. */
export function sources(tree: Tree): [string, string][] {
  return [...tree].filter(([name]) => /\.(ts|js)$/.test(name));
}

/** The same text with its comments blanked out, line numbers kept. */
export function withoutComments(text: string): string {
  const tokens = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return text.replace(tokens, (token) => (token.startsWith('/') ? token.replace(/[^\n]/g, ' ') : token));
}

/** The number of the line that an offset is in. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

export interface Import {
  readonly specifier: string;
  /** Erased before the program runs. */
  readonly typeOnly: boolean;
  /** The path that a relative specifier leads to. */
  readonly target?: string;
  readonly names: readonly string[];
}

/** What a file imports or re-exports, dynamic imports included. */
export function importsOf(name: string, text: string): Import[] {
  const code = withoutComments(text);
  const found: Import[] = [];
  const add = (specifier: string, clause: string) => {
    const target = specifier.startsWith('.')
      ? path.posix.join(path.posix.dirname(name), specifier)
      : undefined;
    const names = /\{([^}]*)\}/.exec(clause)?.[1]?.split(',') ?? [];
    found.push({
      specifier,
      typeOnly: /^\s*type\b/.test(clause),
      ...(target ? { target } : {}),
      names: names
        .map(
          (part) =>
            part
              .trim()
              .replace(/^type /, '')
              .split(' as ')[0] ?? '',
        )
        .filter(Boolean),
    });
  };
  for (const match of code.matchAll(/^(?:import|export)\b([^;'"]*?)\bfrom\s*['"]([^'"]+)['"]/gm))
    add(match[2]!, match[1]!);
  for (const match of code.matchAll(/^import\s*['"]([^'"]+)['"]/gm)) add(match[1]!, '');
  for (const match of code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) add(match[1]!, '');
  return found;
}

/** Names that a file declares and exports itself, with the offset of each. */
export function exportsOf(text: string): { name: string; at: number; kind: string }[] {
  const declaration =
    /^export (?:declare |abstract )?((?:async )?function\*?|const|let|class|interface|type) (\w+)/gm;
  return [...withoutComments(text).matchAll(declaration)].map((match) => ({
    name: match[2]!,
    kind: match[1]!,
    at: match.index,
  }));
}

/** The area folders that every layer has. */
export const AREAS = ['funding', 'investing', 'business', 'platform'] as const;
