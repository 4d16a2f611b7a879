/** The three companies of a world, and what passes between them on chain. */
import type { Engine } from '../clock/engine.ts';
import { Alpaca } from './alpaca.ts';
import { Circle, type Outside } from './circle.ts';
import type { Faults } from './faults.ts';
import { MINT_ADDRESS, Mint } from './mint.ts';
import { add, type Word } from './word.ts';

export interface Companies {
  readonly circle: Circle;
  readonly mint: Mint;
  readonly alpaca: Alpaca;
}

/** The clients of the three, as activities know them. */
export type Clients = ReturnType<typeof clientsOf>;

/** Companies that speak to `say`; Mint pays into the wallet of that id at Circle. */
export function openCompanies(
  engine: Engine,
  faults: Faults,
  say: (word: Word) => void,
  { treasury, mayBeDropped }: { readonly treasury: string; readonly mayBeDropped: Outside['mayBeDropped'] },
): Companies {
  const alpaca = new Alpaca(engine, faults, say);
  const mint = new Mint(engine, faults, say, (units) => add(circle.wallets, treasury, units));
  const circle: Circle = new Circle(engine, faults, say, {
    arrived: (transfer) => {
      if (transfer.destination === MINT_ADDRESS) mint.receive(transfer);
    },
    mayBeDropped,
  });
  return { circle, mint, alpaca };
}

/** What activities are given. */
export function clientsOf({ circle, mint, alpaca }: Companies) {
  return { circle: circle.client(), mint: mint.client(), alpaca: alpaca.client() };
}
