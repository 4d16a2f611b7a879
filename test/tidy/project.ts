/** Rules that tie things in different places together: workflows, activities, commands, what must not be told. */
import { exportsOf, lineOf, type Rule, type Tree } from './tree.ts';

/** Names that workflows/index.ts exports, with the number of times. */
function exportedWorkflows(tree: Tree): Map<string, number> {
  const names = new Map<string, number>();
  for (const [, list] of (tree.get('workflows/index.ts') ?? '').matchAll(/export \{([^}]*)\} from/g)) {
    for (const name of (list ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean)) {
      names.set(name, (names.get(name) ?? 0) + 1);
    }
  }
  return names;
}

/** Types of the rows of workflows/contract.ts. */
function contractTypes(tree: Tree): string[] {
  return [...(tree.get('workflows/contract.ts') ?? '').matchAll(/\btype: '(\w+)'/g)].map(
    (match) => match[1]!,
  );
}

const workflowsExportedOnce: Rule = {
  name: 'every workflow is exported once from workflows/index.ts and has one row in workflows/contract.ts',
  check: (tree) => {
    const exported = exportedWorkflows(tree);
    const rows = contractTypes(tree);
    return [
      ...[...exported]
        .filter(([, times]) => times !== 1)
        .map(([name, times]) => `workflows/index.ts: ${name} is exported ${times} times`),
      ...[...exported.keys()]
        .filter((name) => rows.filter((row) => row === name).length !== 1)
        .map((name) => `workflows/contract.ts: ${name} needs one row`),
      ...rows
        .filter((row) => !exported.has(row))
        .map((row) => `workflows/contract.ts: ${row} is no exported workflow`),
    ];
  },
  planted: { 'workflows/index.ts': "/** Bad. */\nexport { nameless } from './funding/nameless.ts';\n" },
};

const workflowsInTheirArea: Rule = {
  name: 'an exported workflow lives in an area folder, as a function of the same name',
  check: (tree) =>
    [...(tree.get('workflows/index.ts') ?? '').matchAll(/export \{([^}]*)\} from '\.\/([^']+)'/g)].flatMap(
      ([, list, file]) => {
        const home = `workflows/${file}`;
        const declared = exportsOf(tree.get(home) ?? '').map(({ name }) => name);
        const area = /^workflows\/(funding|investing|business|platform)\//.test(home);
        return (list ?? '')
          .split(',')
          .map((part) => part.trim())
          .filter(Boolean)
          .filter((name) => !area || !declared.includes(name))
          .map((name) => `${home}: ${name} is not declared there, or not in an area`);
      },
    ),
  planted: { 'workflows/index.ts': "/** Bad. */\nexport { stray } from './runtime/stray.ts';\n" },
};

const workflowsTested: Rule = {
  name: 'every workflow is named by a test',
  check: (tree) => {
    // A test names a workflow in its text, or in its own file name.
    const tests = [...tree]
      .filter(([name]) => /^test\/(?!tidy).*\.ts$/.test(name))
      .map((file) => file.join('\n'));
    const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return [...exportedWorkflows(tree).keys()]
      .filter((name) => !tests.some((text) => new RegExp(`\\b(${name}|${kebab(name)})\\b`).test(text)))
      .map((name) => `workflows/index.ts: no test names ${name}`);
  },
  planted: { 'workflows/index.ts': "/** Bad. */\nexport { neverTried } from './funding/never.ts';\n" },
};

/** Activities that the factories of activities/<area>/ return: name to the files that declare it. */
function activities(tree: Tree): Map<string, string[]> {
  const homes = new Map<string, string[]>();
  for (const [name, text] of tree) {
    if (!/^activities\/(funding|investing|business|platform)\/.*\.ts$/.test(name)) continue;
    const factory = text.search(/export function create\w+Activities\b/);
    if (factory < 0) continue;
    for (const match of text.slice(factory).matchAll(/^ {4}(?:async (\w+)\(|(\w+): (?:async )?\()/gm)) {
      const activity = (match[1] ?? match[2])!;
      homes.set(activity, [...(homes.get(activity) ?? []), name]);
    }
  }
  return homes;
}

const activityNames: Rule = {
  name: 'every activity has a name of its own',
  check: (tree) =>
    [...activities(tree)]
      .filter(([, homes]) => homes.length > 1)
      .map(([activity, homes]) => `${homes.join(', ')}: ${activity} is declared ${homes.length} times`),
  planted: {
    'activities/funding/twin.ts':
      '/** A. */\nexport function createTwinActivities() {\n  return {\n    async pay() {},\n  };\n}\n',
    'activities/business/twin.ts':
      '/** B. */\nexport function createTwoActivities() {\n  return {\n    pay: async () => {},\n  };\n}\n',
  },
};

const activityFactories: Rule = {
  name: 'every factory of activities is used by activities/index.ts',
  check: (tree) =>
    [...tree].flatMap(([name, text]) =>
      /^activities\/(funding|investing|business|platform)\//.test(name)
        ? [...text.matchAll(/export function (create\w+Activities)\b/g)]
            .filter(([, factory]) => !(tree.get('activities/index.ts') ?? '').includes(`...${factory}(`))
            .map(([, factory]) => `${name}: activities/index.ts does not use ${factory}`)
        : [],
    ),
  planted: {
    'activities/funding/forgotten.ts': '/** Bad. */\nexport function createForgottenActivities() {}\n',
  },
};

const scriptsExist: Rule = {
  name: 'documents name only npm scripts that exist, and those run files that exist',
  check: (tree) => {
    const { scripts } = JSON.parse(tree.get('package.json') ?? '{}') as { scripts: Record<string, string> };
    const named = [...tree]
      .filter(([name]) => name.endsWith('.md') || name.startsWith('docker') || name === 'Dockerfile')
      .flatMap(([name, text]) =>
        [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)]
          .filter((match) => !((match[1] ?? match[2])! in scripts))
          .map((match) => `${name}:${lineOf(text, match.index)}: there is no script ${match[1] ?? match[2]}`),
      );
    const missing = Object.entries(scripts).flatMap(([script, command]) =>
      [...command.matchAll(/(?:^|\s)([\w./-]+\.ts)\b/g)]
        .filter((match) => !tree.has(match[1]!))
        .map((match) => `package.json: ${script} runs ${match[1]}, which does not exist`),
    );
    return [...named, ...missing];
  },
  planted: { 'docs/wrong.md': 'Say `npm run magic`.\n' },
};

/** Spelled in parts, so that this file does not break its own rule. */
const UNTOLD: readonly (readonly [RegExp, string])[] = [
  [
    new RegExp(`${['registry', 'npmjs'].join('\\.')}|${['proxy', 'golang'].join('\\.')}`),
    'a package registry',
  ],
  [
    new RegExp(`(^|[\\s'"\`(=:])/(${['work', 'root', 'home/\\w+', 'Users/\\w+'].join('|')})/`, 'm'),
    'a path of one machine',
  ],
  [/\/tmp\/[a-z]/, 'a path of one machine'],
  [new RegExp(`${['BEGIN', '(\\w+ )?PRIVATE', 'KEY'].join(' ')}-----\\n`), 'a private key'],
];

const nothingUntold: Rule = {
  name: 'no file names a package registry, a path of one machine or a secret',
  check: (tree) =>
    [...tree].flatMap(([name, text]) =>
      UNTOLD.flatMap(([word, what]) => {
        const match = word.exec(text);
        return match ? [`${name}:${lineOf(text, match.index + 1)}: ${what} (${match[0].trim()})`] : [];
      }),
    ),
  planted: { 'docs/path.md': `See ${['', 'work', 'main'].join('/')}/README.md\n` },
};

export const PROJECT_RULES: readonly Rule[] = [
  workflowsExportedOnce,
  workflowsInTheirArea,
  workflowsTested,
  activityNames,
  activityFactories,
  scriptsExist,
  nothingUntold,
];
