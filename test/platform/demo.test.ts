/** `npm run demo` against a real stack: one customer's life over HTTP, and books that balance. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDatabase } from '../../db/client.ts';
import { chainStands, exportLedger } from '../../db/funding/ledger-chain-queries.ts';
import { ExportCheck } from '../../domain/funding/ledger-export.ts';
import { checkBooks } from '../../scripts/demo/books.ts';
import type { DemoWallet } from '../../scripts/demo/customer.ts';
import type { DemoDeposit } from '../../scripts/demo/deposits.ts';
import { createPrinter } from '../../scripts/demo/printer.ts';
import type { DemoRuntime } from '../../scripts/demo/runtime.ts';
import type { DemoWithdrawal } from '../../scripts/demo/withdrawals.ts';
import { connect } from '../../scripts/demo/world.ts';
import { createTemporalClient } from '../../temporal/client.ts';
import { QUICK_ONBOARDING, setOnboardingPolicy } from '../support/applicant.ts';
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const DEMO_MS = 150_000;
const folder = mkdtempSync(path.join(tmpdir(), 'sluice-demo-'));

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack();
  await setOnboardingPolicy(stack, QUICK_ONBOARDING);
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '1000.00' });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await stack?.stop();
});

interface Ending {
  readonly code: number | null;
  readonly said: string;
}

/** Runs the demo as a person does, who has the stack's runtime.json in `local`. */
function runDemo(local: string): Promise<Ending> {
  const child = spawn(process.execPath, ['scripts/demo.ts'], {
    cwd: ROOT,
    env: { ...process.env, SLUICE_LOCAL: local },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, said })));
}

async function staff(role: 'support' | 'admin'): Promise<string> {
  const { rows } = await stack.database.pool.query<{ id: string }>(
    'insert into users (auth_provider_id, role) values (gen_random_uuid()::text, $1) returning id',
    [role],
  );
  return stack.token(rows[0]?.id ?? '', role);
}

async function publishRuntime(api: string): Promise<DemoRuntime> {
  const runtime = {
    api,
    temporal: {
      address: stack.config.temporal.address,
      ui: null,
      namespace: stack.config.temporal.namespace,
    },
    sandbox: stack.sandbox.facts.control.base_url,
    tokens: { support: await staff('support'), admin: await staff('admin') },
  };
  writeFileSync(path.join(folder, 'runtime.json'), JSON.stringify(runtime));
  return runtime;
}

test(
  'the demo plays a life from the phone number to buying power and out again, and its books balance',
  async () => {
    await publishRuntime(stack.config.api.publicUrl);
    const { code, said } = await runDemo(folder);
    expect(said).toMatch(/\nThe books balance\. \(\d+ s\)\n$/);
    expect(code).toBe(0);
    expect(said).toContain('Became                       30.01 USD: 30.004 USDC and whole cents of the dust');
    expect(said).toContain('The 0.002 USDC too           Done: the dollars are in your account');
    // Each of these was told by the API, in this order.
    const story = [
      'Support is asked             journal_rejected: ',
      'Support decides: retry',
      '175.51 USD buying power, 0.00 USD on the way, 0.003 USDC of dust',
      'It is usable',
      'complete                     Done: your USDC has arrived at your address.',
      'came with the transaction 0x',
      '45.51 USD buying power, 0.00 USD on the way, 0.003 USDC of dust',
      'Circle is told               to fail 3 transfers over ',
      'refunded                     ',
      '45.51 USD buying power, 0.00 USD on the way, 0.003 USDC of dust',
      "Arrived at the customer's own address on base: ",
    ];
    let read = 0;
    for (const part of story) {
      expect(said.slice(read)).toContain(part);
      read = said.indexOf(part, read) + part.length;
    }
    expect(said).not.toContain('✗');
    const { rows: resting } = await stack.database.pool.query(
      "select value -> 'coolDownSeconds' as seconds from settings where key = 'address_policy'",
    );
    expect(resting).toEqual([{ seconds: null }]);

    // Nothing that a company said is left to be said again, so that no finished deposit wakes up.
    await eventually('every event for a deposit was received', async () => {
      const { rows } = await stack.database.pool.query(
        `select kind, message from inbound_events where processed_at is null and workflow_id like 'deposit:%'`,
      );
      if (rows.length > 0) throw new Error(JSON.stringify(rows));
      return true;
    });
  },
  DEMO_MS,
);

test('the ledger of that life is sealed by the workflow ledgerSeal, and proven from an export', async () => {
  const temporal = await createTemporalClient(stack.config);
  const database = openDatabase({ url: stack.database.url });
  try {
    await temporal.schedule.getHandle('ledgerSeal-every-minute').trigger();
    await eventually('both chains have no row waiting', async () => {
      const waiting = (await chainStands(database)).map((stand) => stand.waiting);
      if (waiting.join() !== '0,0') throw new Error(waiting.join());
      return true;
    });
    const check = new ExportCheck((bytes) => createHash('sha256').update(bytes).digest('hex'));
    for await (const line of exportLedger(database)) check.read(JSON.stringify(line));
    const { findings, kinds } = check.finish();
    expect(findings).toEqual([]);
    expect(kinds.get('customer_cash')).toBe(45_510_000n);
    expect(kinds.get('customer_incoming')).toBe(3_000n);
  } finally {
    await database.close();
    await temporal.connection.close();
  }
});

test('the check of the books sees a deposit that only one side knows', async () => {
  const world = connect(await publishRuntime(stack.config.api.publicUrl));
  const { rows } = await stack.database.pool.query<{ id: string }>(
    'select user_id as id from deposits group by 1',
  );
  const id = rows[0]?.id ?? '';
  const customer = { id, token: await stack.token(id), confirm: () => Promise.reject(new Error('no need')) };
  const list = async <Row>(what: string) =>
    (await stack.call<{ data: Row[] }>('GET', `/v1/${what}`, { token: customer.token })).body.data;
  const wallets = await list<DemoWallet>('wallets');
  const deposits = await list<DemoDeposit>('deposits');
  const withdrawals = await list<DemoWithdrawal>('withdrawals');
  let said = '';
  const printer = createPrinter((text) => {
    said += text;
  }, false);

  expect(await checkBooks(world, printer, { customer, wallets, deposits, withdrawals })).toBe(true);
  said = '';
  const known = deposits.filter(({ chain }) => chain !== 'solana');
  expect(await checkBooks(world, printer, { customer, wallets, withdrawals, deposits: known })).toBe(false);
  expect(said).toContain('✗ Account at Alpaca: 20.01 USD is not 45.51 USD');
});

test('without a stack the demo says in one sentence what to do', async () => {
  const nowhere = await runDemo(path.join(folder, 'nowhere'));
  expect(nowhere).toEqual({
    code: 1,
    said:
      '\nSluice does not run here: there is no .local/runtime.json. Run `npm start` in another terminal, ' +
      'wait for "Sluice is ready", then try again.\n',
  });
});

test('a stack that has gone is named with its address', async () => {
  await publishRuntime('http://127.0.0.1:9');
  const gone = await runDemo(folder);
  expect(gone.code).toBe(1);
  expect(gone.said).toMatch(
    /^\nNobody answers at http:\/\/127\.0\.0\.1:9 \(.+\)\. Is `npm start` still running\?\n$/,
  );
});
