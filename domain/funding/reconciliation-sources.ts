/**
 * What is compared with what, as data: the providers' lists, the ledger accounts that mirror their places, and
 * which list has the entry of which step. A new lifecycle adds its lines to `STEP_ENTRIES`, and nothing else.
 */
import { type AnyLifecycle, isFinal, stateSpec, statesOf } from '../lifecycle.ts';
import { LIFECYCLES } from '../lifecycles.ts';

/** The lists that are read. An entry moves money out of one place into another. */
export const STATEMENT_SOURCES = [
  'circle.inbound',
  'circle.outbound',
  'mint.transfer',
  'mint.payout',
  'mint.deposit',
  'alpaca.journal',
  'alpaca.transfer',
] as const;
export type StatementSource = (typeof STATEMENT_SOURCES)[number];

/** Ledger accounts whose balance a provider can be asked for. */
export const MIRRORS = [
  'circle_wallet',
  'treasury_wallet',
  'mint_balance',
  'alpaca_firm',
  'alpaca_customer',
] as const;

/** Ledger accounts of money between two places: each lifecycle's part must come back to zero. */
export const TRANSITS = [
  'circle_in_transit',
  'on_ramp_in_transit',
  'circle_out_transit',
  'wires_in_flight',
] as const;

interface StepEntry {
  readonly lifecycle: string;
  /** The step of the provider operation without its number. */
  readonly step: string;
  readonly source: StatementSource;
}

/** Which list must have an entry for which accepted operation. */
const STEP_ENTRIES: readonly StepEntry[] = [
  { lifecycle: 'deposit', step: 'off_ramp', source: 'circle.outbound' },
  { lifecycle: 'deposit', step: 'journal', source: 'alpaca.journal' },
];

/** How long a lifecycle may stand in a state before a difference in its money counts. */
interface StatePatience {
  readonly lifecycle: string;
  readonly state: string;
  readonly final: boolean;
  readonly seconds: number;
}

/** The declarations as the comparison in the database needs them. */
export interface ReconciliationRules {
  readonly steps: readonly StepEntry[];
  readonly patience: readonly StatePatience[];
  readonly mirrors: readonly string[];
  readonly transits: readonly string[];
}

/** Everything that the comparison must know of the lifecycles and the chart. */
export function reconciliationRules(): ReconciliationRules {
  const homes = Object.entries(LIFECYCLES) as [string, { readonly lifecycle: AnyLifecycle }][];
  const patience = homes.flatMap(([name, { lifecycle }]) =>
    statesOf(lifecycle).map((state) => ({
      lifecycle: name,
      state,
      final: isFinal(lifecycle, state),
      seconds: stateSpec(lifecycle, state).stuckAfterSeconds ?? 0,
    })),
  );
  return { steps: STEP_ENTRIES, patience, mirrors: MIRRORS, transits: TRANSITS };
}
