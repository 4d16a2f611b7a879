/** Wires between our own places: asked for and approved by people, or planned by a round of the treasury. */
import { randomUUID } from 'node:crypto';
import { payments } from '../../support/books.ts';
import { eventually } from '../../support/eventually.ts';
import type { WireRow } from '../../support/treasury.ts';
import type { Fault } from '../../support/trouble.ts';
import type { Cast } from './cast.ts';
import { type CrashEntry, errands, expectRows, type Group, LONGEST_MS } from './entry.ts';
import { treasuryRules } from './rules.ts';

/** Who takes the order of each kind at its company, by the name of what it then remembers. */
const ORDERED_BY = {
  mint_to_alpaca: 'mint.createPayout',
  alpaca_to_mint: 'alpaca.createTransfer',
} as const;

interface Way {
  readonly path: string;
  readonly kind: keyof typeof ORDERED_BY;
  /** Unlike that of all other ways: companies keep no reference of ours for wires. */
  readonly amount: string;
  readonly isTrunk?: boolean;
  readonly fault?: Omit<Fault, 'count'>;
  readonly word: 'approve' | 'cancel';
  readonly ends: string;
  /** Whether money has moved for each in the end. */
  readonly moves: boolean;
}

/** People ask for wires and another one approves them, or calls them off. */
function way(cast: Cast, { path, kind, amount, isTrunk = false, fault, word, ends, moves }: Way): CrashEntry {
  const { admin, second } = cast;
  const match = { 'amount.amount': amount };
  let all = 0;
  const ask = (key: string) =>
    cast.call('POST', '/v1/admin/wires', {
      ...{ token: admin.token, key, body: { kind, amount_usd: amount, reason: 'The test wants it.' } },
    });
  const decide = (id: string) =>
    word === 'approve'
      ? cast.call('POST', `/v1/admin/wires/${id}/approvals`, {
          ...{ token: second.token, key: `approve-${id}`, body: { decision: 'approve', note: 'Looked at.' } },
        })
      : cast.call('POST', `/v1/admin/wires/${id}/cancel`, {
          ...{ token: admin.token, key: `cancel-${id}`, body: { note: 'Not needed any more.' } },
        });
  return {
    ...{ of: 'wire', path, isTrunk },
    begin: async (count): Promise<Group> => {
      if (fault) await cast.plant({ ...fault, match, count });
      all += count;
      const keys = Array.from({ length: count }, () => randomUUID());
      const ids = new Set<string>();
      const [asked, decided] = [errands(), errands()];
      const asking = () => {
        for (const key of keys) asked.once(key, async () => ids.add((await ask(key)).id ?? ''));
      };
      const read = () => cast.rows<WireRow>('select * from wires where id = any ($1)', [[...ids]]);
      const areThere = async () => {
        asking();
        return ids.size === count;
      };
      if (!isTrunk)
        await eventually('wires wait for approval', areThere, { timeoutMs: LONGEST_MS, everyMs: 100 });
      return {
        tend: async () => {
          asking();
          for (const id of ids) decided.once(id, () => decide(id));
        },
        rests: async () => expectRows(`wires, ${path}`, await read(), count, ({ status }) => status === ends),
        // Companies keep no reference of ours for wires: all that were ever asked for are counted.
        holds: async () => {
          const operation = ORDERED_BY[kind];
          const paid = (await payments(cast.stage.stack)).filter(
            (one) => one.operation === operation && Number(one.amount) === Number(amount) && one.effective,
          );
          const wanted = moves ? all : 0;
          if (paid.length !== wanted)
            throw new Error(`${paid.length} wires moved instead of ${wanted}: ${path}`);
        },
      };
    },
  };
}

/** What the firm account lacks, so that a round of the treasury plans a wire; wires of people bring less. */
const NEED = 50_000;

/** Rounds of the treasury side by side: one of them plans the one wire that is needed, and starts it. */
function planned(cast: Cast): CrashEntry {
  const { stage, treasury } = cast;
  const { taskQueue } = stage.stack.config.temporal;
  let needs = 0;
  let low = 0;
  const firm = async (): Promise<number> => {
    const [row] = await cast.rows<{ units: string }>(
      `select ledger_balance('alpaca_firm', null) as units`,
      [],
    );
    return Math.floor(Number(row?.units) / 1_000_000);
  };
  const wires = () => cast.rows<WireRow>(`select * from wires where requested_by is null`, []);
  const round = () =>
    stage.temporal.workflow.execute('treasury', {
      ...{ workflowId: `treasury:${randomUUID()}`, taskQueue, args: [] },
    });
  return {
    ...{ of: 'wire', path: 'is planned by a round of the treasury' },
    begin: async (count): Promise<Group> => {
      // One wire would serve a need that nobody has planned for yet and a new one: those that come now join it.
      const isPlanned = (await wires()).length >= needs;
      if (isPlanned) {
        needs = (await wires()).length + 1;
        // One need is served by one wire also while the wire before it is on its way.
        low = Math.max(low, await firm()) + NEED;
      }
      const [wanted, mark] = [needs, `${low}.00`];
      const rules = {
        ...{ alpacaLowUsd: mark, alpacaTargetUsd: mark },
        // What the others draw meanwhile is no need of its own, however many rounds see it.
        minimumWireUsd: `${NEED / 2}.00`,
      };
      const errand = errands();
      return {
        tend: async () => {
          // A round that notices how a wire moves meanwhile plans nothing: the next one does.
          if ((await wires()).length >= wanted) return;
          await treasury.setPolicy({ ...treasuryRules(cast.pace), ...rules });
          for (let index = 0; index < count; index += 1) errand.again(`${index}`, round);
        },
        rests: async () => {
          expectRows('planned wires', await wires(), needs, ({ status }) => status === 'complete');
          await treasury.setPolicy(treasuryRules(cast.pace));
        },
        holds: async () => {
          const there = (await wires()).length;
          if (there !== needs) throw new Error(`${there} wires were planned instead of ${needs}`);
        },
      };
    },
  };
}

/** The trunk, how wires end otherwise, and one that a round plans. */
export function wireEntries(cast: Cast): CrashEntry[] {
  const payout = (kind: string) => ({ company: 'mint', operation: 'mint.payout', kind });
  return [
    way(cast, {
      ...{ path: 'goes from Mint to the broker', kind: 'mint_to_alpaca', amount: '61.16', isTrunk: true },
      ...{ word: 'approve', ends: 'complete', moves: true },
    }),
    way(cast, {
      ...{ path: 'goes from the broker to Mint', kind: 'alpaca_to_mint', amount: '63.36' },
      ...{ word: 'approve', ends: 'complete', moves: true },
    }),
    way(cast, {
      ...{ path: 'fails', kind: 'mint_to_alpaca', amount: '65.56', fault: payout('fail') },
      ...{ word: 'approve', ends: 'failed', moves: false },
    }),
    way(cast, {
      ...{ path: 'comes back', kind: 'mint_to_alpaca', amount: '67.76', fault: payout('return') },
      ...{ word: 'approve', ends: 'returned', moves: false },
    }),
    way(cast, {
      ...{ path: 'is called off', kind: 'mint_to_alpaca', amount: '69.96' },
      ...{ word: 'cancel', ends: 'canceled', moves: false },
    }),
    planned(cast),
  ];
}
