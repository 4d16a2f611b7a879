/**
 * What is compared with what, as data: the providers' lists, the ledger accounts that mirror their places, and
 * which list has the entry of which step. A new lifecycle adds its lines to `ENTRY_RULES`, and nothing else.
 */
import { type AnyLifecycle, isFinal, stateSpec, statesOf } from '../lifecycle.ts';
import { LIFECYCLES } from '../lifecycles.ts';

/** The lists that are read. An entry moves money out of one place into another. */
const STATEMENT_SOURCES = [
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
const MIRRORS = [
  'circle_wallet',
  'treasury_wallet',
  'mint_balance',
  'alpaca_firm',
  'alpaca_customer',
] as const;

/** Ledger accounts of money between two places: each lifecycle's part must come back to zero. */
const TRANSITS = [
  'circle_in_transit',
  'on_ramp_in_transit',
  'circle_out_transit',
  'wires_in_flight',
] as const;

/** A record of ours that names an entry of a list. */
type EntryRule =
  /** The step, without its number, of provider operations whose reference is the id of an entry. */
  | { readonly lifecycle: string; readonly step: string }
  /** A column of the lifecycle's table that holds the id of an entry of that list. */
  | { readonly lifecycle: string; readonly column_name: string; readonly source: StatementSource };

/** Which list must have which entry. */
const ENTRY_RULES: readonly EntryRule[] = [
  { lifecycle: 'deposit', column_name: 'circle_transaction_id', source: 'circle.inbound' },
  { lifecycle: 'deposit', step: 'off_ramp' },
  { lifecycle: 'deposit', column_name: 'mint_transfer_ref', source: 'mint.transfer' },
  { lifecycle: 'deposit', step: 'journal' },
  { lifecycle: 'deposit', step: 'refund' },
  { lifecycle: 'withdrawal', step: 'journal' },
  { lifecycle: 'withdrawal', step: 'on_ramp' },
  { lifecycle: 'withdrawal', step: 'transfer' },
  { lifecycle: 'withdrawal', step: 'refund' },
  { lifecycle: 'wire', step: 'order' },
  { lifecycle: 'wire', step: 'arrival' },
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
  readonly entries: readonly EntryRule[];
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
  return { entries: ENTRY_RULES, patience, mirrors: MIRRORS, transits: TRANSITS };
}
