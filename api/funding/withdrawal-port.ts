/** What the API asks of withdrawals; the workflow behind them is wired in by server.ts. */
import type { Refusal } from '../../domain/funding/address-facts.ts';
import type { Chain } from '../../domain/funding/chain.ts';
import type { Beneficiary } from '../../domain/funding/travel-rule.ts';

export interface WithdrawalPort {
  /**
   * Asks for a withdrawal. Idempotent by `operationId`, which becomes its id.
   * @returns why it was not taken; undefined when it was.
   */
  request(request: {
    readonly userId: string;
    readonly operationId: string;
    readonly addressId: string;
    /** Two decimals. */
    readonly amountUsd: string;
    /** What a quote promised; absent when the fee of now is fine. */
    readonly quoted?: { readonly chain: Chain; readonly feeUsd: string };
    readonly beneficiary?: Beneficiary;
  }): Promise<Refusal | undefined>;
  /** Cancels a withdrawal of the user. @returns why that is not possible; undefined when it is canceled. */
  cancel(request: {
    readonly userId: string;
    readonly withdrawalId: string;
    readonly operationId: string;
  }): Promise<Refusal | undefined>;
  /** What a member of staff says. @returns why it does not count; undefined when it does. */
  approve(request: {
    readonly withdrawalId: string;
    readonly staffId: string;
    readonly decision: 'approve' | 'reject';
    readonly note: string;
    readonly operationId: string;
  }): Promise<Refusal | undefined>;
}
