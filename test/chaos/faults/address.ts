/** The address book: the one question that it has for Circle, and every way in which it can go unanswered. */
import { randomUUID } from 'node:crypto';
import { eventually } from '../../support/eventually.ts';
import type { TestStack } from '../../support/stack.ts';
import { createWithdrawer, freshAddress, setSetting, type Withdrawer } from '../../support/withdrawer.ts';
import { seeThrough, type Trail } from './desk.ts';
import type { FaultedLifecycle } from './lifecycle.ts';
import { type Call, type Cell, callCells } from './table.ts';

const CALLS: readonly Call[] = [
  {
    ...{ name: 'check', verb: 'circle.validateAddress', operation: 'circle.validateAddress', kind: 'read' },
    // That Circle does not take an address is what is asked; everything else is asked again until it is answered.
    ...{ from: 'funding/address', means: { refused: { end: 'blocked' } } },
  },
];

const cells: Cell[] = CALLS.flatMap(callCells);

interface Row {
  readonly id: string;
  readonly status: string;
  readonly blocked_reason: string | null;
}

/** Adds it as an app does: an answer that takes long is asked for again under the same key. */
async function add(stack: TestStack, who: Withdrawer, address: string): Promise<string> {
  const body = { chain: 'base', label: 'Mine', address };
  const call = { token: who.token, headers: who.confirmed, body, idempotencyKey: randomUUID() };
  const taken = async () => {
    const answer = await stack.call('POST', '/v1/addresses', call);
    if (answer.status === 201) return String(answer.body.id);
    throw new Error(`the address is not taken: ${JSON.stringify(answer.body)}`);
  };
  return eventually('the address is taken', taken, { timeoutMs: 60_000, everyMs: 250 });
}

export const addressFaults: FaultedLifecycle<Withdrawer, Trail<Row>> = {
  table: { lifecycle: 'address', calls: CALLS, outcomes: [], events: [], cells },
  lanes: 12,

  begin: async (stack) => {
    await setSetting(stack, 'address_policy', { coolDownSeconds: 0, retryAfterSeconds: [0.3] });
    return createWithdrawer(stack);
  },

  play: async ({ stack, world, cell, plant }) => {
    const address = freshAddress();
    await plant({ ...cell.fault, match: { address } });
    const id = await add(stack, world, address);
    return seeThrough<Row>(stack, {
      ...{ table: 'withdrawal_addresses', id, meaning: cell.meaning },
      isOver: ({ status }) => status !== 'cooling_down',
      answer: () => null,
    });
  },

  check: ({ cell }, { row, reasons }) => {
    const { end = 'active', reviews = [] } = cell.meaning;
    expect({ status: row.status, reasons }).toEqual({ status: end, reasons: reviews });
    expect(row.blocked_reason).toBe(end === 'blocked' ? 'circle' : null);
    return Promise.resolve();
  },

  // The question changes nothing: what must be there once is the entry in the book.
  eachEffectOnce: async (stack) => {
    const { rows } = await stack.database.pool.query<{ entries: number; addresses: number }>(
      `select count(*)::int as entries, count(distinct address)::int as addresses
       from withdrawal_addresses where status in ('active', 'blocked')`,
    );
    expect(rows).toEqual([{ entries: cells.length, addresses: cells.length }]);
  },

  customers: (world) => [world],
};
