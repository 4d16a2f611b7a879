/** What was really paid: one row for every transfer, journal and payout that a company accepted. */
import type { Clock } from './clock.ts';
import type { Store } from './store.ts';

export type Payment = {
  /** The company's own id of the thing. */
  id: string;
  company: string;
  /** The operation that made it, e.g. `circle.createTransfer`. */
  operation: string;
  /** Decimal string in units of `asset`. */
  amount: string;
  asset: string;
  from?: string;
  to?: string;
  /** The caller's own words, where the wire carries them (refId, description, …). */
  reference?: string;
  idempotency_key?: string;
  /** The company's own word for the present state. */
  status: string;
  /** Whether the money has moved: false for what failed, was refused or was canceled. */
  effective: boolean;
  created_at: string;
  updated_at: string;
};

export type PaymentInput = Omit<Payment, 'created_at' | 'updated_at' | 'effective'> & { effective?: boolean };

export type Payments = {
  record(input: PaymentInput): Payment;
  /** Note a new state; unknown ids are ignored. */
  update(id: string, status: string, effective: boolean): void;
  list(filter?: { reference?: string; company?: string }): Payment[];
};

/** Opens the register of payments. */
export function createPayments(store: Store, clock: Clock): Payments {
  const table = store.table<Payment>('payments', {
    id: (payment) => payment.id,
    indexes: { reference: (payment) => payment.reference },
  });
  return {
    record: (input) =>
      table.put({ effective: true, ...input, created_at: clock.iso(), updated_at: clock.iso() }),
    update(id, status, effective) {
      const payment = table.get(id);
      if (payment) table.put({ ...payment, status, effective, updated_at: clock.iso() });
    },
    list({ reference, company } = {}) {
      const rows = table.list(
        reference === undefined ? {} : { where: { index: 'reference', value: reference } },
      );
      return company === undefined ? rows : rows.filter((row) => row.company === company);
    },
  };
}
