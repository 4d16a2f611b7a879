/** A stack, and for each test a customer with 100.00 dollars at the broker who can take them out. */
import type { Client } from '@temporalio/client';
import { createTemporalClient } from '../../temporal/client.ts';
import { balanceOf, expectCleanLedger } from './books.ts';
import { mirrors } from './mirrors.ts';
import { createSpender, type Spender, setWithdrawalPolicy } from './money-out.ts';
import { startStack, type TestStack } from './stack.ts';
import { clearFaults } from './trouble.ts';

/** What every customer of a stage begins with, in smallest units. */
export const CASH = 100_000_000n;

interface SpendingStage {
  readonly stack: TestStack;
  readonly temporal: Client;
  /** The one of the present test. */
  readonly customer: Spender;
  /** The customer's cash in our books, in smallest units. */
  cash(): Promise<bigint>;
  /** Our books are those of the companies, for all customers so far. */
  sameBooks(): Promise<void>;
}

/** Registers what sets the stage, and what checks it after each test; its parts are there in the tests. */
export function spendingStage(): SpendingStage {
  const customers: Spender[] = [];
  const stage = {
    cash: () => balanceOf(stage.stack.database.pool, 'customer_cash', stage.customer.id),
    sameBooks: async () => {
      const { ours, theirs } = await mirrors(stage.stack, customers);
      expect(ours).toEqual(theirs);
    },
  } as { -readonly [Part in keyof SpendingStage]: SpendingStage[Part] };
  beforeAll(async () => {
    stage.stack = await startStack({ firmCash: '100000.00' });
    stage.temporal = await createTemporalClient(stage.stack.config);
  });
  beforeEach(async () => {
    await setWithdrawalPolicy(stage.stack);
    stage.customer = await createSpender(stage.stack, stage.temporal, '100.00');
    customers.push(stage.customer);
  });
  afterEach(async () => {
    await clearFaults(stage.stack);
    await expectCleanLedger(stage.stack.database.pool);
  });
  afterAll(async () => {
    await stage.temporal?.connection.close();
    await stage.stack?.stop();
  });
  return stage;
}
