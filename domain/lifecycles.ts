/** Every lifecycle, by name: what migrations, the API, the documents and the tests iterate over. */
import { addressLifecycle } from './funding/address.ts';
import { depositLifecycle } from './funding/deposit.ts';
import { kycLifecycle } from './funding/kyc.ts';
import { walletLifecycle } from './funding/wallet.ts';
import { wireLifecycle } from './funding/wire.ts';
import { withdrawalLifecycle } from './funding/withdrawal.ts';
import type { AnyLifecycle } from './lifecycle.ts';

/** Where a lifecycle's rows stand: the table and the column that holds the state. */
export interface LifecycleHome {
  readonly lifecycle: AnyLifecycle;
  readonly table: string;
  readonly column: string;
}

export const LIFECYCLES = {
  address: { lifecycle: addressLifecycle, table: 'withdrawal_addresses', column: 'status' },
  deposit: { lifecycle: depositLifecycle, table: 'deposits', column: 'status' },
  kyc: { lifecycle: kycLifecycle, table: 'users', column: 'kyc_status' },
  wallet: { lifecycle: walletLifecycle, table: 'wallets', column: 'status' },
  withdrawal: { lifecycle: withdrawalLifecycle, table: 'withdrawals', column: 'status' },
  wire: { lifecycle: wireLifecycle, table: 'wires', column: 'status' },
} as const satisfies Record<string, LifecycleHome>;

export type LifecycleName = keyof typeof LIFECYCLES;
