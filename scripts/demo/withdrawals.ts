/** Withdrawals of the demo: an address is added, money leaves to it, and once it comes back. */
import { randomBytes } from 'node:crypto';
import type { DemoCustomer } from './customer.ts';
import { DemoError } from './demo-error.ts';
import { readEvents } from './event-stream.ts';
import type { Printer } from './printer.ts';
import { type DemoWorld, until } from './world.ts';

export interface DemoAddress {
  readonly id: string;
  readonly chain: string;
  readonly address: string;
  readonly status: string;
  readonly message: string;
}

export interface DemoWithdrawal {
  readonly id: string;
  readonly chain: string;
  readonly destination_address: string;
  readonly amount_usd: string;
  readonly fee_usd: string;
  readonly net_usdc: string;
  readonly status: string;
  readonly tx_hash: string | null;
}

interface Quote {
  readonly quote: string;
  readonly fee_usd: string;
  readonly net_usdc: string;
  readonly eta: { readonly p50_seconds: number };
}

interface Setting {
  readonly stored: Readonly<Record<string, unknown>> | null;
}

interface Trace {
  readonly sources: readonly {
    readonly amount: string;
    readonly origin: { readonly subject_id: string | null };
  }[];
  readonly evidence: readonly {
    readonly id: string;
    readonly chain: string;
    readonly tx_hash: string | null;
  }[];
}

const ACTIVE_SECONDS = 60;
/** Longest pause between two states of a withdrawal. */
const SILENT_SECONDS = 120;
/** A new address rests for a day, which a demo has not. */
const DEMO_COOL_DOWN_SECONDS = 3;
const POLICY = '/v1/admin/settings/address_policy';

/**
 * Adds an address on Base that belongs to nobody in the sandbox. An admin shortens the time for which new addresses
 * rest, and puts it back when this one is taken.
 */
export async function addAddress(
  world: DemoWorld,
  printer: Printer,
  customer: DemoCustomer,
): Promise<DemoAddress> {
  const { admin } = world.runtime.tokens;
  const { stored } = await world.api<Setting>('GET', POLICY, { token: admin });
  const set = (value: object, reason: string) =>
    world.api('PUT', POLICY, { token: admin, body: { value, reason } });
  await set({ ...stored, coolDownSeconds: DEMO_COOL_DOWN_SECONDS }, 'The demo cannot wait for a day.');
  printer.step('Staff shorten the rest', 'of new addresses from a day to 3 s, for this demo only; audited');
  try {
    const added = await world.api<DemoAddress>('POST', '/v1/addresses', {
      token: customer.token,
      stepUp: await customer.confirm(),
      body: { chain: 'base', address: `0x${randomBytes(20).toString('hex')}`, label: 'My own wallet' },
    });
    printer.step('Added an address', `${added.address}: ${added.message}`);
    const active = await until('a withdrawal address that is usable', ACTIVE_SECONDS, async () => {
      const found = await world.api<DemoAddress>('GET', `/v1/addresses/${added.id}`, {
        token: customer.token,
      });
      return found.status === 'active' ? found : undefined;
    });
    printer.step('It is usable', active.message);
    return active;
  } finally {
    await set(stored ?? {}, 'The demo has added its address.');
  }
}

/** Asks what it costs, confirms with the passcode, and requests. `before` hears what will arrive. */
export async function withdraw(
  world: DemoWorld,
  printer: Printer,
  customer: DemoCustomer,
  address: DemoAddress,
  amount: string,
  before: (net: string) => Promise<void> = async () => {},
): Promise<DemoWithdrawal> {
  const { token } = customer;
  const quote = await world.api<Quote>('POST', '/v1/withdrawals/quote', {
    token,
    body: { chain: address.chain, amount_usd: amount },
  });
  const minutes = Math.ceil(quote.eta.p50_seconds / 60);
  printer.step(
    'Asked what it costs',
    `${quote.fee_usd} USD; ${quote.net_usdc} USDC arrive, in about ${minutes} min`,
  );
  await before(quote.net_usdc);
  const requested = await world.api<DemoWithdrawal>('POST', '/v1/withdrawals', {
    token,
    stepUp: await customer.confirm(),
    body: { address_id: address.id, amount_usd: amount, quote: quote.quote },
  });
  printer.step(
    `Withdrew ${requested.amount_usd} USD`,
    `with the passcode, to ${requested.destination_address}`,
  );
  return requested;
}

/** Shows each state of a withdrawal as its stream tells it, until the last one. */
export async function followWithdrawal(
  world: DemoWorld,
  printer: Printer,
  { token }: DemoCustomer,
  { id }: DemoWithdrawal,
  expected: 'complete' | 'refunded',
): Promise<DemoWithdrawal> {
  const url = `${world.runtime.api}/v1/withdrawals/${id}/events`;
  for await (const event of readEvents(url, token, SILENT_SECONDS)) {
    const { status, message } = JSON.parse(event.data) as { status: string; message: string };
    printer.step(status.replaceAll('_', ' '), message);
  }
  const ended = await world.api<DemoWithdrawal>('GET', `/v1/withdrawals/${id}`, { token });
  if (ended.status !== expected) {
    throw new DemoError(
      `The withdrawal ${id} ended as ${ended.status}, not as ${expected}. See docs/support.md.`,
    );
  }
  return ended;
}

/** Shows which transactions on chain paid for a withdrawal, as the ledger traces it. */
export async function showSources(world: DemoWorld, printer: Printer, { id }: DemoWithdrawal): Promise<void> {
  const token = world.runtime.tokens.support;
  const trace = await world.api<Trace>('GET', `/v1/admin/ledger/trace?withdrawal_id=${id}`, { token });
  for (const { amount, origin } of trace.sources) {
    const proof = trace.evidence.find((one) => one.id === origin.subject_id);
    printer.step(
      `${amount} of it`,
      `came with the transaction ${proof?.tx_hash?.slice(0, 18)}… on ${proof?.chain}`,
    );
  }
}
