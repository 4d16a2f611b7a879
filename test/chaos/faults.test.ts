/** The table of faults is complete: each call of the code, each verb and each fault of the sandbox has its cells. */
import { createAlpacaClient } from '../../activities/providers/alpaca/client.ts';
import { createCircleClient } from '../../activities/providers/circle/client.ts';
import { createMintClient } from '../../activities/providers/mint/client.ts';
import { EVENT_FAULTS, TRANSPORT_FAULTS } from '../../sandbox/kernel/faults.ts';
import { readTree, withoutComments } from '../tidy/tree.ts';
import { addressFaults } from './faults/address.ts';
import { depositFaults } from './faults/deposit.ts';
import { CALLS_WITHOUT_CELLS, OUTCOMES_WITHOUT_CELLS, VERBS_WITHOUT_CALLS } from './faults/not-played.ts';
import { onboardingFaults } from './faults/onboarding.ts';
import { reconciliationFaults } from './faults/reconciliation.ts';
import * as table from './faults/table.ts';
import { wireFaults } from './faults/wire.ts';
import { withdrawalFaults } from './faults/withdrawal.ts';

const TABLES = [
  ...[depositFaults.table, withdrawalFaults.table, wireFaults.table],
  ...[onboardingFaults.table, addressFaults.table, reconciliationFaults.table],
];
const cells = TABLES.flatMap((one) => one.cells);
const tree = readTree();

const circle = { baseUrl: 'http://127.0.0.1', apiKey: 'TEST_API_KEY:a:b', entitySecret: '0'.repeat(64) };
const VERBS = [
  ...Object.keys(createCircleClient({ ...circle, network: 'testnet' })).map((verb) => `circle.${verb}`),
  ...Object.keys(createMintClient({ baseUrl: 'http://127.0.0.1', apiKey: 'k' })).map(
    (verb) => `mint.${verb}`,
  ),
  ...Object.keys(
    createAlpacaClient({
      ...{ baseUrl: 'http://127.0.0.1', dataUrl: 'http://127.0.0.1', keyId: 'k', secretKey: 's' },
      firmAccountId: 'f',
    }),
  ).map((verb) => `alpaca.${verb}`),
];

/** Every place where an activity calls a company, as "file verb". */
function callsInCode(): string[] {
  const found = [...tree].flatMap(([name, text]) => {
    if (!/^activities\/(?!providers\/).*\.ts$/.test(name)) return [];
    const file = name.replace(/^activities\/|\.ts$/g, '');
    const used = withoutComments(text).matchAll(/\b(circle|mint|alpaca)\.(\w+)/g);
    return [...used]
      .map(([verb]) => verb)
      .flatMap((verb) => (VERBS.includes(verb) ? [`${file} ${verb}`] : []));
  });
  return [...new Set(found)].sort();
}

test('every call that the code makes has its cells, or a reason why not', () => {
  const played = TABLES.flatMap(({ calls }) => calls.map(({ from, verb }) => `${from} ${verb}`));
  expect([...new Set([...played, ...Object.keys(CALLS_WITHOUT_CELLS)])].sort()).toEqual(callsInCode());
  expect(played.filter((call) => call in CALLS_WITHOUT_CELLS)).toEqual([]);
});

test('every verb of every client is called, or has a reason why not', () => {
  const called = callsInCode().map((call) => call.split(' ')[1] ?? '');
  expect([...new Set([...called, ...Object.keys(VERBS_WITHOUT_CALLS)])].sort()).toEqual([...VERBS].sort());
  expect(called.filter((verb) => verb in VERBS_WITHOUT_CALLS)).toEqual([]);
});

test('every fault of a call and of an event that the sandbox knows is in the table', () => {
  const kinds = Object.keys(table.TRANSPORT).map((fault) => fault.split(' ')[0]);
  expect([...new Set(kinds)].sort()).toEqual([...TRANSPORT_FAULTS].sort());
  expect([...table.EVENT_FAULTS].sort()).toEqual([...EVENT_FAULTS].sort());
});

/** What the sandbox's documents list, as "operation kind". */
function documented(): string[] {
  const rows = ['sandbox/README.md', 'sandbox/alpaca/README.md'].flatMap((name) => [
    ...section(tree.get(name) ?? '').matchAll(/^\| ((?:`[\w.…]+`(?:, )?)+)(?: \(out\))? \| (`.*) \|$/gm),
  ]);
  return rows.flatMap(([, operations = '', kinds = '']) => {
    const names = namesIn(operations);
    const company = names[0]?.split('.')[0];
    if (!company || !['circle', 'mint', 'chain', 'sms', 'alpaca'].includes(company)) return [];
    const full = names.map((name) =>
      name.startsWith('.') ? `alpaca.event${name}` : name.replace('…', 'alpaca.stream'),
    );
    return full.flatMap((operation, index) =>
      namesIn(kinds.replace(/\([^)]*\)/g, ''))
        // "`fail` for the former": not for the others.
        .filter((kind) => index === 0 || !kinds.includes(`\`${kind}\` for the former`))
        .map((kind) => `${operation} ${kind}`),
    );
  });
}

/** The chapter on faults. */
function section(text: string): string {
  return text.split(/^## /m).find((chapter) => chapter.startsWith('Faults\n')) ?? '';
}

function namesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

test('every outcome that the sandbox documents has a cell, or a reason why not', () => {
  const played = new Set(cells.map(({ fault }) => `${fault.operation} ${fault.kind}`));
  const known = documented();
  expect(known).toContain('alpaca.createJournal correct');
  expect(known).toContain('mint.payout return');
  expect(known.filter((outcome) => !played.has(outcome)).sort()).toEqual(
    Object.keys(OUTCOMES_WITHOUT_CELLS).sort(),
  );
});

test('every outcome that the sandbox asks for is documented', () => {
  const asked = [...tree].flatMap(([name, text]) =>
    name.startsWith('sandbox/') && name.endsWith('.ts')
      ? [...text.matchAll(/\.take\(\s*'\w+',\s*'([\w.]+)'/g)].map(([, operation]) => operation)
      : [],
  );
  const known = new Set(documented().map((outcome) => outcome.split(' ')[0]));
  expect(asked.length).toBeGreaterThan(8);
  expect(asked.filter((operation) => !known.has(operation ?? ''))).toEqual([]);
});

test('each cell has a name of its own', () => {
  for (const { cells: all } of TABLES) {
    const names = all.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  }
});
