/** What must be true of withdrawals when a world is at rest. */
import { formatUnits } from '../../domain/money.ts';
import { units } from '../database/ledger.ts';
import type { WithdrawalRequests } from '../database/withdrawal-requests.ts';
import { GIVEN_UP, type WithdrawalRow } from '../database/withdrawal-row.ts';
import { DESTINATION, type WithdrawingCustomer } from '../entries/withdrawing-customer.ts';
import type { Invariant } from '../entry.ts';
import type { World } from '../world.ts';
import { named } from './named.ts';

const HOUR = 3_600_000;
const MOMENTS = 120_000;

/** The sentences about withdrawals. */
export function withdrawalInvariants(
  world: World,
  customer: WithdrawingCustomer,
  requests: () => WithdrawalRequests,
): Invariant[] {
  const rows = () => world.store.rowsOf<WithdrawalRow>('withdrawal');
  const each = (check: (row: WithdrawalRow) => string[]) => () =>
    rows().flatMap((row) => check(row).map((breach) => `${named('withdrawal', row.id)} ${breach}`));
  return [
    {
      holds: 'what is complete was paid once, in its net amount; nothing else was',
      check: each((row) => ofPayout(world, row)),
    },
    {
      holds: 'the dollars left and came back by one journal each',
      check: each((row) => ofJournals(world, row)),
    },
    {
      holds: 'a customer who was told that it is canceled has the money',
      check: each(({ id, status }) =>
        customer.toldCanceled.has(id) && !GIVEN_UP.includes(status) ? [`was canceled, and is ${status}`] : [],
      ),
    },
    {
      holds: 'nothing moved without two members of staff where two must approve',
      check: each((row) => (customer.needsApproval(row) ? ofApproval(world, row, requests()) : [])),
    },
    {
      holds: 'nothing went to who is on a list, unless a person cleared it',
      check: each((row) => ofLists(world, row)),
    },
    { holds: 'fees are those of complete withdrawals', check: () => ofFees(world, rows()) },
    { holds: 'the limit of the day counts what was not given up', check: () => ofLimit(rows(), requests()) },
  ];
}

function ofPayout({ companies }: World, { id, status, net_usd }: WithdrawalRow): string[] {
  const breaches: string[] = [];
  let [paid, times] = [0n, 0];
  for (const { refId, state, units: sent, destination } of companies.circle.transfers.values()) {
    if (state !== 'complete' || !refId?.startsWith(`withdrawal:${id}:`)) continue;
    if (destination !== DESTINATION) breaches.push(`was paid to ${destination}`);
    paid += sent;
    times += 1;
  }
  const due = status === 'complete' ? units(net_usd) : 0n;
  if (paid !== due)
    breaches.push(
      `is ${status}: ${formatUnits(paid)} of ${formatUnits(due)} were paid, by ${times} transfers`,
    );
  return breaches;
}

function ofJournals({ companies }: World, row: WithdrawalRow): string[] {
  const count = (step: string) =>
    [...companies.alpaca.journals.values()].filter(
      ({ description, state, units: moved }) =>
        state === 'executed' &&
        description.startsWith(`withdrawal:${row.id}:${step}:`) &&
        moved === units(row.amount_usd),
    ).length;
  const { status, owed_journal } = row;
  const out = (status === 'complete' || status === 'refunded' ? 1 : 0) - (owed_journal === 'journal' ? 1 : 0);
  const back = (status === 'refunded' ? 1 : 0) - (owed_journal === 'refund' ? 1 : 0);
  const [hasOut, hasBack] = [count('journal'), count('refund')];
  // Where the broker took both back, they have moved nothing together.
  const isEven = status === 'refunded' && owed_journal === null && hasOut === 0 && hasBack === 0;
  return isEven || (hasOut === out && hasBack === back)
    ? []
    : [
        `is ${status}, owing ${owed_journal}: ${hasOut} journals out and ${hasBack} back stand, not ${out} and ${back}`,
      ];
}

function ofApproval(
  { companies }: World,
  { id }: WithdrawalRow,
  { approvals }: WithdrawalRequests,
): string[] {
  const moved = [...companies.alpaca.journals.values()].some(({ description }) =>
    description.startsWith(`withdrawal:${id}:journal:`),
  );
  const people = new Set(
    (approvals.get(id) ?? []).flatMap(({ decision, decided_by }) =>
      decision === 'approve' ? [decided_by] : [],
    ),
  );
  return moved && people.size < 2 ? [`moved with the approval of ${people.size}`] : [];
}

/**
 * A hit that came moments before may have come while Circle was being asked. A journal leaves for our own account: an
 * hour before it, the broker may have been away.
 */
function ofLists({ companies, store, listedAt }: World, { id }: WithdrawalRow): string[] {
  const isCleared = (at: number) =>
    store.reviews.some(
      ({ subject, reason, decision, decidedAt = at }) =>
        subject === id && reason === 'sanctions_hit' && decision === 'retry' && decidedAt <= at,
    );
  const breaches: string[] = [];
  for (const { refId, at } of companies.circle.transfers.values()) {
    const isLate = refId?.startsWith(`withdrawal:${id}:`) && at > listedAt('address') + MOMENTS;
    if (isLate && !isCleared(at)) breaches.push('was sent to an address on a list');
  }
  for (const { description, at } of companies.alpaca.journals.values()) {
    const isLate = description === `withdrawal:${id}:journal:1` && at > listedAt('name') + HOUR;
    if (isLate && !isCleared(at)) breaches.push('left for a customer on a list');
  }
  return breaches;
}

function ofFees({ store }: World, rows: readonly WithdrawalRow[]): string[] {
  let due = 0n;
  for (const row of rows) if (row.status === 'complete') due += units(row.fee_usd);
  const has = store.ledger.balance('company_fees');
  return has === due ? [] : [`fees are ${formatUnits(has)}, due are ${formatUnits(due)}`];
}

function ofLimit(rows: readonly WithdrawalRow[], { dayTotals }: WithdrawalRequests): string[] {
  let counted = 0n;
  for (const total of dayTotals.values()) counted += total;
  let due = 0n;
  for (const row of rows) if (!GIVEN_UP.includes(row.status)) due += units(row.amount_usd);
  return counted === due ? [] : [`the limit counts ${formatUnits(counted)}, due are ${formatUnits(due)}`];
}
