/** Our own money in a world: the floats at the three companies, some of them short until the treasury refills them. */
import type { Posting } from '../domain/funding/ledger.ts';
import { FIRM } from './companies/alpaca.ts';
import { add } from './companies/word.ts';
import type { World } from './world.ts';

const HOUR = 3_600_000;
const PLENTY = 10n ** 13n;
/** A hundred dollars. */
const SHORT = 10n ** 8n;

/** Opens the books of our own places. */
export function openFloats(world: World): void {
  const { companies, treasury } = world;
  open(world, 'firm', { account: 'alpaca_firm' }, 'company_float', (units) =>
    add(companies.alpaca.accounts, FIRM, units),
  );
  open(world, 'mint', { account: 'mint_balance' }, 'company_float', (units) => {
    companies.mint.units += units;
  });
  const wallet = { account: 'treasury_wallet', owner: treasury.id } as const;
  open(world, 'treasury', wallet, 'company_float_usdc', (units) =>
    add(companies.circle.wallets, treasury.circle_wallet_id, units),
  );
}

function open(
  world: World,
  name: string,
  place: Omit<Posting, 'amount'>,
  own: 'company_float' | 'company_float_usdc',
  put: (units: bigint) => void,
): void {
  const { store, random, engine } = world;
  const fill = (reference: string, units: bigint) => {
    const debit = { ...place, amount: units.toString() };
    store.ledger.post(reference, [debit, { account: own, amount: (-units).toString() }]);
    put(units);
  };
  const isShort = random.chance(0.05);
  fill(`opening:${name}`, isShort ? SHORT : PLENTY);
  if (!isShort) return;
  engine.after(random.integer(1, 12) * HOUR, () => {
    fill(`refill:${name}`, PLENTY);
    world.wake({ source: 'treasury.float' }, ({ waiting_for }) => waiting_for?.endsWith('_float') ?? false);
  });
}
