/** The project's own rules. Each is shown to fail on a planted breach, and then holds for what is there. */
import { IMPORT_RULES } from './tidy/imports.ts';
import { PROJECT_RULES } from './tidy/project.ts';
import { BANNED, SHAPE_RULES } from './tidy/shape.ts';
import { importsOf, readTree, withoutComments } from './tidy/tree.ts';

const tree = readTree();
const rules = [...SHAPE_RULES, ...IMPORT_RULES, ...PROJECT_RULES];

describe.each(rules)('$name', ({ check, planted }) => {
  test('can fail', () => {
    const before = new Set(check(tree));
    const fresh = check(new Map([...tree, ...Object.entries(planted)])).filter(
      (breach) => !before.has(breach),
    );
    expect(fresh).not.toEqual([]);
  });

  test('holds', () => {
    expect(check(tree)).toEqual([]);
  });
});

test.each(BANNED.map((banned) => [banned.word.source, banned] as const))(
  'the ban on %s can fail',
  (_, banned) => {
    const samples = [
      'console.log(1)',
      'Date.now()',
      'new Date()',
      'Math.random()',
      'randomUUID()',
      'process.env.HOME',
      'x as any',
      '// @ts-ignore',
      `// ${['FIX', 'ME'].join('')}`,
      'export default 1',
      'parseFloat(x)',
    ];
    expect(samples.some((sample) => banned.word.test(sample))).toBe(true);
  },
);

describe('reading sources', () => {
  test('sees imports over several lines, of types, re-exports, bare and dynamic ones', () => {
    const text = [
      "import {\n  type A,\n  b as c,\n} from './a.ts';",
      "import type { D } from '../d.ts';",
      "export { e } from './e.ts';",
      "import './f.ts';",
      // In parts, so that this line is no import of this file.
      `const g = await ${'import'}('./g.ts');`,
      "// import { no } from './no.ts';",
      "import pg from 'pg';",
    ].join('\n');
    expect(importsOf('db/funding/x.ts', text)).toEqual([
      { specifier: './a.ts', typeOnly: false, target: 'db/funding/a.ts', names: ['A', 'b'] },
      { specifier: '../d.ts', typeOnly: true, target: 'db/d.ts', names: ['D'] },
      { specifier: './e.ts', typeOnly: false, target: 'db/funding/e.ts', names: ['e'] },
      { specifier: 'pg', typeOnly: false, names: [] },
      { specifier: './f.ts', typeOnly: false, target: 'db/funding/f.ts', names: [] },
      { specifier: './g.ts', typeOnly: false, target: 'db/funding/g.ts', names: [] },
    ]);
  });

  test('does not take what is in a string for a comment', () => {
    expect(withoutComments("const a = 'http://x'; // b\n/* c */ d")).toBe(
      "const a = 'http://x';     \n        d",
    );
  });
});
