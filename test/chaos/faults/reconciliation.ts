/** The reads of reconciliation: a list that cannot be read is no list in which something is missing. */
import { type Customer, createCustomer } from '../../support/customer.ts';
import {
  openFirmFloat,
  reconcile,
  reconcileWithoutPatience,
  staffToken,
} from '../../support/reconciliation.ts';
import { pauseSchedules } from './desk.ts';
import type { FaultedLifecycle, Playing } from './lifecycle.ts';
import { type Call, type Cell, callCells, type Meaning } from './table.ts';

/** Nothing is compared, and nothing is reported: the next run reads everything anew. */
const NOT_COMPARED: Meaning = { end: 'failed' };
const READ = { kind: 'read', means: { refused: NOT_COMPARED, defect: NOT_COMPARED } } as const;
const LISTS = { ...READ, from: 'funding/reconciliation-statements' } as const;
const STANDS = { ...READ, from: 'funding/reconciliation-balances' } as const;

/** Each activity has few of one half: it is begun again after each fault, and the pauses before that grow. */
const ONE_HALF: readonly Call[] = [
  { ...LISTS, name: 'transactions', verb: 'circle.listTransactions', operation: 'circle.listTransactions' },
  { ...LISTS, name: 'transfers of Mint', verb: 'mint.listTransfers', operation: 'mint.listTransfers' },
  { ...LISTS, name: 'journals', verb: 'alpaca.listJournals', operation: 'alpaca.listJournals' },
  { ...STANDS, name: 'wallets', verb: 'circle.listBalances', operation: 'circle.listWalletsWithBalances' },
  { ...STANDS, name: 'accounts', verb: 'alpaca.getTradingAccount', operation: 'alpaca.getTradingAccount' },
];
const OTHER_HALF: readonly Call[] = [
  { ...LISTS, name: 'payouts', verb: 'mint.listPayouts', operation: 'mint.listPayouts' },
  { ...LISTS, name: 'wires in', verb: 'mint.listDeposits', operation: 'mint.listDeposits' },
  { ...LISTS, name: 'wires', verb: 'alpaca.listTransferPage', operation: 'alpaca.listTransfers' },
  { ...STANDS, name: 'dollars at Mint', verb: 'mint.balances', operation: 'mint.getBalances' },
  { ...STANDS, name: 'firm account', verb: 'alpaca.getFirmAccount', operation: 'alpaca.getTradingAccount' },
];
const CALLS = [...ONE_HALF, ...OTHER_HALF];

const cells: Cell[] = CALLS.flatMap(callCells);

/** How a run ended, and how many differences were open then. */
interface Trail {
  readonly status: string;
  readonly isExplained: boolean;
  readonly breaks: number;
}

interface World {
  readonly customer: Customer;
  readonly token: string;
  /** Runs in which one fault hits every list of a half at once, by fault and half. */
  readonly shared: Map<string, Promise<Trail>>;
}

/** Who else asks the companies, by the clock: they would run into what is meant for a run. */
const ASK_AS_WELL = ['sweep-every-minute', 'treasury-every-minute', 'reconciliation-every-quarter-hour'];

async function run({ stack, world, plant }: Playing<World>, hit: readonly Cell[]): Promise<Trail> {
  const accounts: Readonly<Record<string, string>> = {
    'firm account': stack.config.alpaca.firmAccountId,
    accounts: world.customer.alpacaAccountId,
  };
  for (const { of, fault } of hit) {
    const id = accounts[of];
    await plant({ ...fault, ...(id !== undefined && { match: { id } }) });
  }
  const { run: ended, breaks } = await reconcile(stack, world.token);
  return { status: String(ended.status), isExplained: ended.error !== null, breaks: breaks.length };
}

/** What cells of one run have in common. */
function runOf({ of, name }: Cell): string {
  const half = ONE_HALF.some((call) => call.name === of) ? 'one half' : 'the other half';
  return `${name.split(': ')[1]}, ${half}`;
}

export const reconciliationFaults: FaultedLifecycle<World, Trail> = {
  table: { lifecycle: 'reconciliation', calls: CALLS, outcomes: [], events: [], cells },
  firmCash: null,
  // One run at a time.
  lanes: 1,

  begin: async (stack) => {
    await openFirmFloat(stack, '5000.00');
    await reconcileWithoutPatience(stack);
    const customer = await createCustomer(stack);
    await customer.receive({ amount: '25.00' });
    await customer.depositReaches('broker_funded', 60_000);
    await pauseSchedules(stack, ASK_AS_WELL);
    return { customer, token: await staffToken(stack), shared: new Map() };
  },

  play: (playing) => {
    const { world, cell } = playing;
    // What ends a run hides the faults behind it: it has a run of its own.
    if (cell.meaning.end) return run(playing, [cell]);
    const key = runOf(cell);
    const same = cells.filter((one) => runOf(one) === key);
    const shared = world.shared.get(key) ?? run(playing, same);
    world.shared.set(key, shared);
    return shared;
  },

  check: ({ cell }, trail) => {
    const { end = 'done' } = cell.meaning;
    expect(trail).toEqual({ status: end, isExplained: end === 'failed', breaks: 0 });
    return Promise.resolve();
  },

  // Nothing moved; what could not be compared is compared by the next run, which finds nothing.
  eachEffectOnce: async (stack, { token }) => {
    const { run: last, breaks } = await reconcile(stack, token);
    expect([last.status, breaks]).toEqual(['done', []]);
    const { rows } = await stack.database.pool.query('select from reconciliation_breaks');
    expect(rows).toEqual([]);
  },

  customers: ({ customer }) => [customer],
};
