/** Seals: everything that is visible is chained, in an order that nobody can change unseen, and nobody waits for it. */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chainStands, exportLedger, sealChain } from '../../db/funding/ledger-chain-queries.ts';
import { move } from '../../domain/funding/ledger.ts';
import { ExportCheck, type ExportReport } from '../../domain/funding/ledger-export.ts';
import { count, type LedgerDatabase, openLedgerDatabase, post } from './records.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(path.join(tmpdir(), 'sluice-export-'));
let database: LedgerDatabase;
beforeEach(async () => {
  database = await openLedgerDatabase();
});
afterEach(() => database.drop());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fund = (reference: string, units = 5n, owner: string = randomUUID()) =>
  post(
    database,
    reference,
    move(units, { account: 'alpaca_customer', owner }, { account: 'customer_cash', owner }),
  );

const audit = (action: string) =>
  database.query(
    `insert into audit_log (actor_role, action, subject_kind, subject_id, detail)
     values ('admin', $1, 'user', 'x', '{"b": 1.50, "a": "ü\u2028"}')`,
    [action],
  );

/** References of the sealed transactions, in the order of the chain. */
async function sealedReferences(): Promise<string[]> {
  const rows = await database.query<{ reference: string }>(
    `select t.reference from seals s join ledger_transactions t on t.id = s.subject_id
     where s.chain = 'ledger' order by s.position`,
  );
  return rows.map(({ reference }) => reference);
}

async function lines(): Promise<string[]> {
  const all: string[] = [];
  for await (const line of exportLedger(database)) all.push(JSON.stringify(line));
  return all;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function check(exported: readonly string[], known?: ReadonlyMap<string, string>): ExportReport {
  const reader = new ExportCheck(sha256, known);
  for (const line of exported) reader.read(line);
  return reader.finish();
}

/** Three transactions and two audit entries, sealed. */
async function sealed(): Promise<void> {
  for (const reference of ['a', 'b', 'c']) await fund(reference);
  await audit('looked');
  await audit('decided');
  await sealChain(database, 'ledger', 100);
  await sealChain(database, 'audit', 100);
}

/** What the owner of the database can do to rows that triggers protect. */
async function tamper(...statements: readonly string[]): Promise<void> {
  const client = await database.pool.connect();
  try {
    await client.query("set session_replication_role = 'replica'");
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.query('reset session_replication_role');
    client.release();
  }
}

describe('sealing', () => {
  test('chains every transaction once, and a second round finds nothing', async () => {
    await fund('a');
    await fund('b');
    expect(await sealChain(database, 'ledger', 100)).toMatchObject({
      sealed: 2,
      complete: true,
      position: '2',
    });
    const again = await sealChain(database, 'ledger', 100);
    expect(again).toMatchObject({ sealed: 0, complete: true, position: '2' });
    await fund('c');
    expect(await sealChain(database, 'ledger', 100)).toMatchObject({ sealed: 1, position: '3' });
    expect(await sealedReferences()).toEqual(['a', 'b', 'c']);
  });

  test('goes on where a round that was full has stopped', async () => {
    for (let i = 0; i < 7; i += 1) await fund(`n${i}`);
    const rounds = [];
    do rounds.push(await sealChain(database, 'ledger', 3));
    while (!rounds.at(-1)!.complete);
    expect(rounds.map(({ sealed: number }) => number)).toEqual([3, 3, 1]);
    expect(await sealedReferences()).toEqual(['n0', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6']);
    expect(check(await lines()).findings).toEqual([]);
  });

  test('takes in a later round what commits late, and keeps no gap for what never commits', async () => {
    const late = await database.pool.connect();
    const never = await database.pool.connect();
    const owner = randomUUID();
    const write = (client: typeof late, reference: string) => {
      const postings = move(
        5n,
        { account: 'alpaca_customer', owner: owner },
        { account: 'customer_cash', owner: owner },
      );
      return client.query("select ledger_post($1, 'test', null, 'tested', $2)", [
        reference,
        JSON.stringify(postings),
      ]);
    };
    try {
      await never.query('begin');
      await write(never, 'never');
      await never.query('rollback');
      await late.query('begin');
      await write(late, 'late');
      await fund('soon');
      expect(await sealChain(database, 'ledger', 100)).toMatchObject({ sealed: 1, complete: true });
      await fund('next');
      await late.query('commit');
      expect(await sealChain(database, 'ledger', 100)).toMatchObject({ sealed: 2, position: '3' });
    } finally {
      late.release();
      never.release();
    }
    expect(await sealedReferences()).toEqual(['soon', 'late', 'next']);
    // It began before the first round and became visible after it: it counts from then on, never earlier.
    const [order] = await database.query<{ sound: boolean }>(
      `select bool_and(s.effective_at >= w.earlier) as sound from seals s, lateral (
         select coalesce(max(e.effective_at), '-infinity') as earlier from seals e
         where e.chain = s.chain and e.position < s.position) w`,
    );
    expect(order).toEqual({ sound: true });
    expect(check(await lines()).findings).toEqual([]);
  });

  test('while fifty write and three seal, each transaction is sealed once and the chain holds', async () => {
    const writers = Array.from({ length: 50 }, (_, i) => fund(`w${i}`));
    const sealers = Array.from({ length: 3 }, async () => {
      for (let i = 0; i < 5; i += 1) await sealChain(database, 'ledger', 10);
    });
    await Promise.all([...writers, ...sealers]);
    while (!(await sealChain(database, 'ledger', 10)).complete);
    expect(new Set(await sealedReferences()).size).toBe(50);
    expect(await count(database, 'seals')).toBe(50);
    expect(check(await lines()).findings).toEqual([]);
  });

  test('a ledger that was restored into another cluster is sealed to its end, whatever its numbers', async () => {
    await sealed();
    await fund('open when the dump was made');
    // Numbers of the cluster that it came from, far above and below ours.
    await tamper(
      `update ledger_transactions set written_by = '4000000000' where reference like 'open%'`,
      `update seal_watermarks set cluster = 'another', next_xid = '4000000000'`,
    );
    expect(await sealChain(database, 'ledger', 100)).toMatchObject({ sealed: 1, position: '4' });
    await fund('the first one here');
    expect(await sealChain(database, 'ledger', 100)).toMatchObject({ sealed: 1, position: '5' });
    expect(check(await lines()).findings).toEqual([]);
  });

  test('seals are append only', async () => {
    await sealed();
    for (const statement of ['update seals set position = position', 'delete from seals', 'truncate seals']) {
      await expect(database.query(statement)).rejects.toMatchObject({ code: 'SL002' });
    }
  });

  test('the stand says how far both chains are, and what waits', async () => {
    await sealed();
    await fund('waiting');
    await audit('waiting');
    expect(await chainStands(database)).toEqual([
      {
        chain: 'ledger',
        position: '3',
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        as_of: expect.any(Date),
        waiting: '1',
      },
      {
        chain: 'audit',
        position: '2',
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        as_of: expect.any(Date),
        waiting: '1',
      },
    ]);
  });
});

describe('an export', () => {
  test('is proven without a database, and comes to the balances', async () => {
    await sealed();
    await fund('not sealed yet');
    const { findings, heads, kinds } = check(await lines());
    expect(findings).toEqual([]);
    expect(heads.ledger.position).toBe('3');
    expect(heads.audit.position).toBe('2');
    expect(Object.fromEntries(kinds)).toMatchObject({ alpaca_customer: 15n, customer_cash: 15n });
  });

  test('of an empty ledger is proven too', async () => {
    expect(check(await lines()).findings).toEqual([]);
  });

  test('no field of it can be changed without being found, at its place', async () => {
    await sealed();
    const original = await lines();
    let flipped = 0;
    for (const [index, line] of original.entries()) {
      const record = JSON.parse(line) as object;
      for (const [name, changed] of everyChange(record)) {
        flipped += 1;
        const { findings } = check(original.with(index, JSON.stringify(changed)));
        expect([name, findings.length > 0]).toEqual([name, true]);
        if (!('digest' in record)) continue;
        const { position, kind } = record as unknown as { position: string; kind: string };
        const chain = kind === 'audit' ? 'audit' : 'ledger';
        if (name !== 'position' && name !== 'kind') {
          expect(findings[0]).toMatchObject({
            line: index + 1,
            place: expect.stringContaining(`${chain} position ${position}`),
          });
        } else expect(findings[0]!.line).toBe(index + 1);
      }
    }
    expect(flipped).toBeGreaterThan(100);
  });

  test('no line of it can be left out, doubled or moved without being found', async () => {
    await sealed();
    const original = await lines();
    for (let index = 0; index < original.length; index += 1) {
      expect(check(original.toSpliced(index, 1)).findings).not.toEqual([]);
      expect(check(original.toSpliced(index, 0, original[index]!)).findings).not.toEqual([]);
    }
    for (const index of [1, 2, 4]) {
      const moved = original.with(index, original[index + 1]!).with(index + 1, original[index]!);
      expect(check(moved).findings[0]!.line).toBe(index + 1);
    }
  });

  test('a chain that was made anew from a changed row is proven, but not against a head that was kept', async () => {
    await sealed();
    const kept = new Map([['ledger:2', check((await lines()).slice(0, 3)).heads.ledger.digest]]);
    await fund('d');
    await sealChain(database, 'ledger', 100);
    expect(check(await lines(), kept).findings).toEqual([]);

    await tamper(
      "update ledger_transactions set event = 'forged' where reference = 'a'",
      'delete from seals',
      'delete from seal_watermarks',
    );
    await sealChain(database, 'ledger', 100);
    await sealChain(database, 'audit', 100);
    expect(check(await lines()).findings).toEqual([]);
    expect(check(await lines(), kept).findings).toMatchObject([
      { place: expect.stringContaining('ledger position 2, '), problem: 'is not what was published' },
    ]);
    expect(check(await lines(), new Map([['ledger:9', 'f'.repeat(64)]])).findings).toMatchObject([
      { place: 'ledger position 9', problem: 'is not in the export' },
    ]);
  });
});

const B = "(select id from ledger_transactions where reference = 'b')";
const slippedIn = (writer: string) =>
  `insert into ledger_transactions (reference, lifecycle, event, written_by)
   values ('old', 'test', 'tested', '${writer}')`;

test.each([
  [
    'an amount',
    `update ledger_postings set amount = amount * 2 where transaction_id = ${B}`,
    'ledger position 2, transaction',
  ],
  [
    'an owner',
    `update ledger_accounts set owner_id = gen_random_uuid()
     where id in (select account_id from ledger_postings where transaction_id = ${B})`,
    'ledger position 2, transaction',
  ],
  [
    'a posting that is gone',
    `delete from ledger_postings where transaction_id = ${B}`,
    'ledger position 2, transaction',
  ],
  [
    'a transaction that is gone',
    "delete from ledger_transactions where reference = 'b'",
    'ledger position 2',
  ],
  [
    'two transactions in the place of each other',
    `update ledger_transactions set reference = reference || 'x' where reference in ('b', 'c');
     update ledger_transactions set reference = case reference when 'bx' then 'c' else 'b' end
     where reference in ('bx', 'cx')`,
    'ledger position 2, transaction',
  ],
  ['an audit entry', "update audit_log set detail = '{}' where action = 'looked'", 'audit position 1, entry'],
  [
    'a balance',
    'update ledger_balances set balance = balance + 1 where account_id = (select min(id) from ledger_accounts)',
    'account ',
  ],
  ['a transaction that was slipped in behind the seals', slippedIn('5'), 'ledger row '],
  ['one that claims a writer who is still to come', slippedIn('99999999999'), 'ledger row '],
  [
    'an audit entry that was slipped in',
    `insert into audit_log (actor_role, action, subject_kind, subject_id, written_by)
     values ('admin', 'a', 'b', 'c', '5')`,
    'audit row ',
  ],
])('the database’s owner changes %s: the next export tells', async (_, statement, place) => {
  await sealed();
  expect(check(await lines()).findings).toEqual([]);
  await tamper(statement);
  expect(check(await lines()).findings[0]!.place).toMatch(new RegExp(`^${place}`));
});

describe('the commands', () => {
  const run = (script: string, ...args: string[]) =>
    new Promise<{ code: number; said: string }>((resolve) => {
      const env = { ...process.env, DATABASE_URL: databaseUrl() };
      execFile(process.execPath, [`scripts/${script}.ts`, ...args], { cwd: ROOT, env }, (error, out, err) =>
        resolve({ code: Number(error?.code ?? 0), said: out + err }),
      );
    });
  const databaseUrl = () => String(database.pool.options.connectionString);

  test('export seals what is open and prints both heads; verify proves the file against them', async () => {
    await fund('a', 1_234_567n);
    await audit('looked');
    const file = path.join(folder, `${randomUUID()}.ndjson`);
    const exported = await run('ledger-export', file);
    expect(exported).toEqual({
      code: 0,
      said: expect.stringMatching(/^ledger=1:[0-9a-f]{64} audit=1:[0-9a-f]{64}\n$/),
    });
    const proven = await run('ledger-verify', file, ...exported.said.trim().split(' '));
    expect(proven.code).toBe(0);
    expect(proven.said).toMatch(/^alpaca_customer +1\.234567\ncustomer_cash +1\.234567\nProven\. ledger=1:/);

    writeFileSync(file, readFileSync(file, 'utf8').replace('"1234567"', '"1234568"'));
    const forged = await run('ledger-verify', file);
    expect(forged.code).toBe(1);
    expect(forged.said).toMatch(
      /^line 2: ledger position 1, transaction \d+ \(a\): does not agree with its digest/,
    );
    expect(forged.said).toMatch(/NOT proven: \d+ findings\.\n$/);
  });

  test('both say how they are called', async () => {
    expect(await run('ledger-export')).toMatchObject({ code: 2, said: expect.stringContaining('FILE') });
    expect(await run('ledger-verify', 'file', 'ledger=x')).toMatchObject({ code: 2 });
  });
});

/** Each leaf of a record changed by itself, and each left out; named by its path. */
function* everyChange(record: object, prefix = ''): Generator<[string, object]> {
  for (const [name, value] of Object.entries(record)) {
    const here = `${prefix}${name}`;
    if (typeof value === 'object' && value !== null) {
      for (const [inner, changed] of everyChange(value as object, `${here}.`)) {
        yield [
          inner,
          Array.isArray(record)
            ? Object.values({ ...record, [name]: changed })
            : { ...record, [name]: changed },
        ];
      }
      continue;
    }
    const other =
      value === null ? randomUUID() : /^\d+$/.test(value) ? String(BigInt(value) + 1n) : `${value}x`;
    yield [here, Array.isArray(record) ? record : { ...record, [name]: other }];
    if (!Array.isArray(record)) {
      const { [name]: _gone, ...rest } = record as Record<string, unknown>;
      yield [here, rest];
    }
  }
}
