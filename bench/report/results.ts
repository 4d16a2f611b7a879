/** What a run of the benchmark measured, as it is written to bench/results/latest.json. */
import type { ApiFigures } from '../api.ts';
import type { Round, VariantSummary } from '../deposits.ts';
import type { EngineFigures } from '../engine/engine.ts';
import type { GrowthFigures } from '../growth.ts';
import type { LedgerFigures } from '../ledger.ts';
import type { LifecycleCost } from '../measure/cost.ts';
import type { MemoryFigures } from '../memory.ts';
import type { ReconciliationFigures } from '../reconciliation.ts';
import type { RecoveryFigures } from '../recovery.ts';
import type { WebhookFigures } from '../webhooks.ts';
import type { WithdrawalFigures } from '../withdrawals.ts';
import type { VariantName } from '../world/variants.ts';
import type { WriteFigures } from '../writes/writes.ts';

export interface Results {
  readonly at: string;
  readonly command: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGb: number;
    readonly system: string;
    readonly node: string;
    /** Load of the machine over the minute before the run: anything but near zero spoils absolute figures. */
    readonly loadBefore: number;
  };
  readonly seconds: number;
  /** What this machine could not run, and why. */
  readonly leftOut?: string;
  readonly variants?: readonly VariantSummary[];
  readonly rounds?: readonly Round[];
  readonly costs?: Readonly<Partial<Record<VariantName, LifecycleCost>>>;
  readonly withdrawals?: WithdrawalFigures;
  readonly engine?: EngineFigures;
  readonly writes?: WriteFigures;
  readonly api?: ApiFigures;
  readonly memory?: MemoryFigures;
  readonly reconciliation?: ReconciliationFigures;
  readonly ledger?: LedgerFigures;
  readonly webhooks?: WebhookFigures;
  readonly recovery?: RecoveryFigures;
  readonly growth?: GrowthFigures;
}
