/** docs/seeds.md tells the truth: it has every column of the seeds, and what it says exists does. */
import { readFileSync } from 'node:fs';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { SEED_COLUMNS } from './seed-columns.ts';

const text = readFileSync(new URL('../../docs/seeds.md', import.meta.url), 'utf8');
let created: TestDatabase;

beforeAll(async () => {
  created = await createDatabase();
});
afterAll(() => created.drop());

/** The rows under each heading: column to where it lives. */
const sections = new Map(
  text.split(/^### /m).map((section) => {
    const rows = [...section.matchAll(/^\| (\w+) \| (.+) \|$/gm)].map((row) => [row[1]!, row[2]!] as const);
    return [
      section.split('\n')[0]!,
      new Map(rows.filter(([column, place]) => place !== 'lives in' || column !== 'column')),
    ];
  }),
);
const tables = Object.entries(SEED_COLUMNS).flatMap(([system, list]) =>
  Object.entries(list).map(([table, columns]) => [`${system}: ${table}`, columns.split(' ')] as const),
);

test.each(tables)('%s has a row for each of its columns, and no other', (heading, columns) => {
  expect([...(sections.get(heading)?.keys() ?? [])]).toEqual(columns);
});

test('every place says that it exists, or what it comes with, or why there is none', () => {
  for (const rows of sections.values()) {
    for (const place of rows.values()) expect(place).toMatch(/^(`\w+\.\w+`|comes with \w|none: \w)/);
  }
});

test('every place in code letters exists in the database', async () => {
  const { rows } = await created.pool.query<{ name: string }>(
    `select table_name || '.' || column_name as name from information_schema.columns where table_schema = 'public'`,
  );
  const existing = new Set(rows.map((row) => row.name));
  const named = [...text.matchAll(/`(\w+\.\w+)`/g)].map((match) => match[1]!);
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((name) => !existing.has(name))).toEqual([]);
});

test('what is planned is not built yet: otherwise the map is out of date', async () => {
  const { rows } = await created.pool.query<{ name: string }>(
    `select table_name || '.' || column_name as name from information_schema.columns where table_schema = 'public'`,
  );
  const existing = new Set(rows.map((row) => row.name));
  const planned = [...text.matchAll(/planned: (\w+\.\w+)/g)].map((match) => match[1]!);
  expect(planned.filter((name) => existing.has(name))).toEqual([]);
});
