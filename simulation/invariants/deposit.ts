/** What must be true of deposits when a world is at rest. */
import type { DepositRow } from '../database/deposit-row.ts';
import type { Invariant } from '../entry.ts';
import type { World } from '../world.ts';
import { named } from './named.ts';

/** What was sent to the customer's wallet, by the deposit that it is. */
export type Sent = Map<string, { readonly token: string; readonly units: bigint }>;

/** The sentences about deposits. */
export function depositInvariants(world: World, sent: Sent): Invariant[] {
  const rows = () => world.store.rowsOf<DepositRow>('deposit');
  return [
    {
      holds: 'every transfer that is final at Circle is a deposit, and only USDC is credited',
      check: () => ofTransfers(world, sent),
    },
    {
      holds: 'no deposit went to Mint, was journalled or was refunded twice, and each state has its effects',
      check: () => rows().flatMap((row) => ofEffects(world, row)),
    },
  ];
}

function ofTransfers({ store, companies }: World, sent: Sent): string[] {
  const breaches: string[] = [];
  const known = new Map(store.rowsOf<DepositRow>('deposit').map((row) => [row.circle_transaction_id, row]));
  for (const { id, refId, state } of companies.circle.transfers.values()) {
    if (refId !== null || state !== 'complete') continue;
    const row = known.get(id);
    if (!row) breaches.push(`${id}: arrived, and nobody knows it`);
    const token = row && sent.get(row.id)?.token;
    if (token !== undefined && token !== 'USDC' && row?.status !== 'failed')
      breaches.push(`${named('deposit', row?.id ?? '')}: ${token} is ${row?.status}`);
  }
  return breaches;
}

function ofEffects({ companies }: World, row: DepositRow): string[] {
  const breaches: string[] = [];
  const name = named('deposit', row.id);
  const stands = { off_ramp: 0, refund: 0, journal: 0 };
  for (const { refId, state } of companies.circle.transfers.values()) {
    if (state !== 'complete') continue;
    if (refId?.startsWith(`deposit:${row.id}:off_ramp:`)) stands.off_ramp += 1;
    if (refId?.startsWith(`deposit:${row.id}:refund:`)) stands.refund += 1;
  }
  for (const { description, state } of companies.alpaca.journals.values())
    if (state === 'executed' && description.startsWith(`deposit:${row.id}:`)) stands.journal += 1;
  if (stands.off_ramp > 1) breaches.push(`${name}: went to Mint ${stands.off_ramp} times`);
  if (stands.refund > 1) breaches.push(`${name}: was refunded ${stands.refund} times`);
  if (stands.journal > 1) breaches.push(`${name}: was journalled ${stands.journal} times`);
  const isFunded = stands.journal === 1 || row.carried_by_id !== null;
  if (row.status === 'broker_funded' && !isFunded) breaches.push(`${name}: is funded without a journal`);
  if (row.status === 'refunded' && stands.journal + stands.refund !== 1)
    breaches.push(`${name}: is refunded, with ${stands.refund} refunds and ${stands.journal} journals`);
  return breaches;
}
