/** What must hold after any run with any faults, for all lifecycles together. */

import { isFinal, statesOf } from '../domain/lifecycle.ts';
import { LIFECYCLES } from '../domain/lifecycles.ts';
import { compareMirrors } from './books.ts';
import type { Entry, Evidence, Invariant } from './entry.ts';
import type { World } from './world.ts';

/** A query whose rows are breaches, one text each. */
function none(holds: string, text: string, shownBy: string): Invariant {
  return {
    holds,
    check: async ({ pool }): Promise<Evidence> => {
      const { rows } = await pool.query<{ breach: string }>(text);
      const shown = await pool.query<{ shown: string }>(shownBy);
      return { shown: shown.rows[0]?.shown ?? '', breaches: rows.map(({ breach }) => breach) };
    },
  };
}

const LEDGER: readonly Invariant[] = [
  none(
    'the ledger sums to zero for each asset, and each of its transactions does',
    `select asset || ' is off by ' || sum(amount) as breach from ledger_postings group by asset having sum(amount) <> 0
     union all select 'transaction ' || transaction_id || ' is off by ' || sum(amount) from ledger_postings
       group by transaction_id, asset having sum(amount) <> 0`,
    `select count(distinct transaction_id) || ' transactions, ' || count(*) || ' postings' as shown
     from ledger_postings`,
  ),
  none(
    'every balance equals its postings, and no guarded account has passed zero',
    `select 'account ' || b.account_id as breach
       from (select account_id, sum(balance) as balance, max(guard) as guard, min(guard) as least
         from ledger_balances group by 1) b
       left join (select account_id, sum(amount) as amount from ledger_postings group by 1) p using (account_id)
       where b.balance <> coalesce(p.amount, 0) or b.guard * b.balance < 0 or b.least * b.balance < 0`,
    `select count(*) || ' accounts' as shown from ledger_accounts`,
  ),
];

const MIRRORS: Invariant = {
  holds: "every place where money stands holds what our ledger says, by the companies' own books",
  check: async (world) => {
    const { places, differences } = await compareMirrors(world);
    return { shown: `${places} places compared`, breaches: differences };
  },
};

const EVENTS: readonly Invariant[] = [
  none(
    'every event that a company sent was used',
    `select provider || ' ' || kind || ' ' || coalesce(reference, '') || ' ' || coalesce(message ->> 'state', '')
       || ' for ' || coalesce(workflow_id, 'nobody') || ' since ' || received_at as breach
     from inbound_events where processed_at is null`,
    `select count(*) || ' events stored' as shown from inbound_events`,
  ),
  none(
    'one step of one lifecycle has one effect that counts',
    `select lifecycle || ' ' || subject_id || ': ' || count(*) || ' transfers by ' || provider as breach
     from provider_operations where state in ('accepted', 'succeeded') and lifecycle in ('deposit')
     group by lifecycle, subject_id, provider having count(*) > 1`,
    `select count(*) || ' operations at companies' as shown from provider_operations`,
  ),
];

/** The states that a lifecycle can rest in, as SQL. */
export function restsWhen({ lifecycle, settledWhen }: Entry): string {
  const home = LIFECYCLES[lifecycle as keyof typeof LIFECYCLES];
  const finals = statesOf(home.lifecycle)
    .filter((state) => isFinal(home.lifecycle, state))
    .map((state) => `'${state}'`);
  // What is null, such as a reason to wait that is not there, is no rest.
  return `coalesce(t.${home.column}::text in (${finals.join()}) or ${settledWhen} or exists (select from reviews r
    where r.subject_id = t.id and r.lifecycle = '${lifecycle}' and r.decided_at is null), false)`;
}

function everyoneRests(entry: Entry): Invariant {
  const home = LIFECYCLES[entry.lifecycle as keyof typeof LIFECYCLES];
  return none(
    `every ${entry.lifecycle} is final, waits with a reason, or is in review`,
    `select '${entry.lifecycle} ' || t.id || ' is ' || t.${home.column} as breach from ${home.table} t
     where not ${restsWhen(entry)}`,
    `select string_agg(n || ' ' || state, ', ') as shown
     from (select t.${home.column}::text as state, count(*) as n from ${home.table} t group by 1 order by 2 desc) x`,
  );
}

/** Checks all; answers each sentence with its evidence. */
export async function checkInvariants(
  world: World,
  entries: readonly Entry[],
  customers: Parameters<Invariant['check']>[1],
): Promise<(Evidence & { holds: string })[]> {
  const all = [
    ...LEDGER,
    MIRRORS,
    ...EVENTS,
    ...entries.flatMap((entry) => [everyoneRests(entry), ...entry.invariants]),
  ];
  const found: (Evidence & { holds: string })[] = [];
  for (const { holds, check } of all) found.push({ holds, ...(await check(world, customers)) });
  return found;
}
