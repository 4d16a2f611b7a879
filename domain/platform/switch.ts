/** Kill switches: the rails that staff can stop, and what each of them stops. */
import { CHAINS } from '../funding/chain.ts';

/** What each rail stops. New requests are refused at once; what is under way holds before its next provider call. */
const STOPS: Readonly<Record<string, string>> = {
  deposits: 'Conversion of deposits and their journals. What arrives on chain is credited still.',
  withdrawals: 'New withdrawals, and the next step of running ones.',
  wires: 'Wires between Circle Mint and Alpaca.',
  circle: 'Every transfer and every new wallet at Circle.',
  mint: 'Every transfer to and from Circle Mint.',
  alpaca: 'Every journal and every new account at Alpaca.',
  ...Object.fromEntries(CHAINS.map((chain) => [`chain:${chain}`, `Every transfer on ${chain}.`])),
};

/** Every rail; besides them `user:<id>` stops one customer. */
export const RAILS: readonly string[] = Object.keys(STOPS);

/** What a switch stops, in a sentence. */
export function stopsWhat(key: string): string {
  return STOPS[key] ?? 'Everything that moves money of this customer.';
}

/** The message that held lifecycles hear when a switch is on again. */
export const RELEASED = { source: 'staff.released' } as const;
