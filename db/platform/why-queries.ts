/** What an explanation of one lifecycle rests on, read in one round trip. */
import { LIFECYCLES, type LifecycleName } from '../../domain/lifecycles.ts';
import type { WhyRecord } from '../../domain/platform/why.ts';
import { WHY_SOURCES } from '../../domain/platform/why-sources.ts';
import type { Database } from '../client.ts';

const KINDS = Object.keys(LIFECYCLES) as LifecycleName[];
/** Columns that tell what a lifecycle is about, of those tables that have them. */
const SUBJECT = `concat_ws(' ',
  'of ' || coalesce(trim_scale((r.row ->> 'amount_stablecoin')::numeric)::text || ' USDC',
    r.row ->> 'amount_usd' || ' USD'),
  'on ' || (r.row ->> 'chain'))`;
/** Milliseconds since 1970, as JSON numbers. */
const ms = (time: string) => `floor(extract(epoch from ${time}) * 1000)::float8`;

/** Which lifecycle a record's id belongs to; undefined when there is none. */
export async function lifecycleKindOf(database: Database, id: string): Promise<LifecycleName | undefined> {
  const parts = KINDS.map(
    (kind) => `select '${kind}' as kind from ${LIFECYCLES[kind].table} where id = $1::uuid`,
  );
  const [row] = await database.prepared<{ kind: LifecycleName }>(
    'lifecycle-kind',
    parts.join(' union all '),
    [id],
  );
  return row?.kind;
}

function statement(kind: LifecycleName): string {
  const { table, column } = LIFECYCLES[kind];
  const { setting = '' } = WHY_SOURCES[kind];
  const mine = (alias: string) => `${alias}.subject_id = $1::uuid and ${alias}.lifecycle = '${kind}'`;
  const rails = ['deposit', 'withdrawal', 'wire'].includes(kind)
    ? `paused_by(${kind}_rails((select x from ${table} x where x.id = $1::uuid)))`
    : 'null::text';
  return `
    with r as (
      select to_jsonb(t) as row, t.${column}::text as status, t.created_at from ${table} t where t.id = $1::uuid),
    entered as (
      select max(e.at) as at from lifecycle_events e, r
      where ${mine('e')} and e.to_state = r.status and e.from_state is distinct from e.to_state),
    touched as (
      select greatest(coalesce((select at from entered), r.created_at),
        (select max(o.updated_at) from provider_operations o where ${mine('o')})) as at from r)
    select r.status, r.row ->> 'waiting_for' as "waitingFor", r.row ->> 'user_id' as "userId", ${SUBJECT} as subject,
      ${ms('coalesce((select at from entered), r.created_at)')} as since,
      ${ms('(select at from touched)')} as "lastChange", ${ms('now()')} as now,
      coalesce(nullif(r.row -> 'policy', 'null'), (select value from settings where key = '${setting}')) as policy,
      ${rails} as "pausedBy",
      coalesce((select jsonb_agg(jsonb_build_object('step', o.step, 'provider', o.provider, 'state', o.state,
          'reference', o.provider_reference, 'attempts', o.attempts, 'error', o.last_error,
          'at', ${ms('o.updated_at')}) order by o.created_at, o.step)
        from provider_operations o where ${mine('o')}), '[]') as operations,
      coalesce((select jsonb_agg(jsonb_build_object('from', h.provider, 'state', h.state, 'at', ${ms('h.received_at')})
          order by h.received_at, h.id)
        from (select i.id, initcap(i.provider) as provider, i.message ->> 'state' as state, i.received_at
          from inbound_events i
          where i.workflow_id = '${kind === 'kyc' ? 'onboarding' : kind}:' || $1 and i.message ? 'state'
          order by i.received_at desc, i.id desc limit 3) h), '[]') as heard,
      coalesce((select jsonb_agg(jsonb_build_object('id', v.id, 'reason', v.reason, 'due', ${ms('v.due_at')},
          'owner', v.owner_id, 'asked', v.proposed_decision) order by v.due_at)
        from reviews v where ${mine('v')} and v.decided_at is null), '[]') as "openReviews"
    from r`;
}

/** The record of one lifecycle; undefined when there is none. */
export async function whyRecord(
  database: Database,
  kind: LifecycleName,
  id: string,
): Promise<WhyRecord | undefined> {
  const [row] = await database.prepared<Omit<WhyRecord, 'kind'>>(`why-${kind}`, statement(kind), [id]);
  return row && { ...row, kind };
}
