/** The invariants of money, checked in our books and against the sandbox's own. */
import type pg from 'pg';
import type { TestStack } from './stack.ts';

/** Throws a sentence for the first invariant that does not hold. */
export async function expectCleanLedger(pool: pg.Pool): Promise<void> {
  const none = async (what: string, text: string): Promise<void> => {
    const { rows } = await pool.query(text);
    if (rows.length > 0) throw new Error(`${what}: ${JSON.stringify(rows.slice(0, 3))}`);
  };
  await none(
    'the ledger does not sum to zero',
    'select asset, sum(amount)::text from ledger_postings group by asset having sum(amount) <> 0',
  );
  await none(
    'a balance differs from its postings',
    `select b.account_id from (select account_id, sum(balance) as balance from ledger_balances group by 1) b
     left join (select account_id, sum(amount) as amount from ledger_postings group by 1) p using (account_id)
     where b.balance <> coalesce(p.amount, 0)`,
  );
  await none(
    'an effect was accepted more than once',
    `select subject_id, split_part(step, ':', 1) as effect, count(*) from provider_operations
     where state in ('succeeded', 'accepted') group by subject_id, 2 having count(*) > 1`,
  );
}

/** What the books say stands in an account, in smallest units. */
export async function balanceOf(pool: pg.Pool, kind: string, owner: string | null = null): Promise<bigint> {
  const { rows } = await pool.query<{ balance: string }>('select ledger_balance($1, $2) as balance', [
    kind,
    owner,
  ]);
  return BigInt(rows[0]?.balance ?? '0');
}

/** A transfer, journal or payout that a company of the sandbox accepted. */
export interface Payment {
  readonly company: string;
  readonly operation: string;
  readonly reference?: string;
  readonly amount: string;
  readonly status: string;
  /** Whether money has moved by it. */
  readonly effective: boolean;
}

/** Everything that was really paid, as the sandbox remembers it. */
export async function payments(stack: Pick<TestStack, 'sandbox'>): Promise<Payment[]> {
  return (await stack.sandbox.control<{ data: Payment[] }>('GET', '/control/payments')).data;
}

/** What was really paid for one deposit or withdrawal under its own reference, in order; Mint keeps no reference. */
export async function paymentsFor(stack: Pick<TestStack, 'sandbox'>, id: string): Promise<Payment[]> {
  return (await payments(stack)).filter(({ reference }) => reference?.split(':')[1] === id);
}

/** The companies at which money of a lifecycle really moved, in the order of the payments. */
export async function movedAt(stack: Pick<TestStack, 'sandbox'>, id: string): Promise<string[]> {
  const all = await paymentsFor(stack, id);
  return all.filter(({ effective }) => effective).map(({ company }) => company);
}
