/** Sealing, and reading what was sealed. The functions are in db/functions/13-ledger-proofs.sql. */
import type pg from 'pg';
import type { SealedAuditEntry, SealedTransaction } from '../../domain/funding/ledger-chain.ts';
import {
  type ChainHead,
  type ChainName,
  EXPORT_FORMAT,
  type ExportLine,
} from '../../domain/funding/ledger-export.ts';
import type { Database } from '../client.ts';

export interface SealRound {
  readonly sealed: number;
  /** False when there may be more to seal. */
  readonly complete: boolean;
  readonly position: string;
  /** Digest of the last position; zeros for an empty chain. */
  readonly head: string;
}

/** Seals at most `limit` rows that have become visible. */
export async function sealChain(database: Database, chain: ChainName, limit: number): Promise<SealRound> {
  const [row] = await database.prepared<{ round: SealRound }>(
    'seal-chain',
    'select seal_chain($1, $2) as round',
    [chain, limit],
  );
  if (!row) throw new Error('seal_chain answered nothing');
  return row.round;
}

/** Writes at most `limit` checkpoints, one every `every` positions; answers how many were due. */
export async function writeCheckpoints(database: Database, every: number, limit: number): Promise<number> {
  const [row] = await database.prepared<{ written: number }>(
    'ledger-checkpoint',
    'select ledger_checkpoint($1, $2) as written',
    [every, limit],
  );
  return row?.written ?? 0;
}

export interface ChainStand extends ChainHead {
  readonly chain: ChainName;
  /** Everything that was visible at this moment is sealed; null before the first round. */
  readonly as_of: Date | null;
  /** Rows that the next round will seal. */
  readonly waiting: string;
}

/** How far both chains are. */
export function chainStands(database: Database): Promise<ChainStand[]> {
  return database.query<ChainStand>(
    `select c.chain, coalesce(s.position, 0)::text as position,
       coalesce(encode(s.digest, 'hex'), repeat('0', 64)) as digest, w.as_of,
       case c.chain when 'ledger' then (select count(*) from ledger_unsealed())
         else (select count(*) from audit_log e, seal_window('audit') v
           where e.written_by::xid8 >= v.first and e.written_by::xid8 < v.beyond
             and not exists (select from seals x where x.chain = 'audit' and x.subject_id = e.id)) end::text as waiting
     from (values ('ledger'), ('audit')) as c(chain)
     left join lateral (select position, digest from seals s where s.chain = c.chain
       order by position desc limit 1) s on true
     left join seal_watermarks w on w.chain = c.chain
     order by c.chain desc`,
  );
}

type Gone = { readonly id: null; readonly position: string; readonly sealed_id: string };
type Kept<Line> = Omit<Line, 'kind'> & { readonly sealed_id: string };

const SEAL = `s.position::text, s.subject_id::text as sealed_id, seal_time(s.effective_at) as effective_at,
  encode(s.digest, 'hex') as digest`;

const TRANSACTIONS = `select ${SEAL}, t.id::text, t.reference, t.lifecycle, t.subject_id, t.event, t.written_by,
    seal_time(t.at) as at, (select coalesce(json_agg(json_build_object('id', p.id::text,
      'account_id', p.account_id::text, 'account', a.kind, 'owner_id', a.owner_id, 'asset', p.asset,
      'shard', p.shard::text, 'amount', p.amount::text) order by p.id), '[]')
      from ledger_postings p join ledger_accounts a on a.id = p.account_id where p.transaction_id = t.id) as postings
  from seals s left join ledger_transactions t on t.id = s.subject_id
  where s.chain = 'ledger' and s.position > $1 order by s.position limit 2000`;

const ENTRIES = `select ${SEAL}, e.id::text, e.actor_id, e.actor_role, e.action, e.subject_kind, e.subject_id,
    e.request_id, e.detail::text as detail, e.written_by, seal_time(e.at) as at
  from seals s left join audit_log e on e.id = s.subject_id
  where s.chain = 'audit' and s.position > $1 order by s.position limit 2000`;

const HIDDEN = `select 'ledger' as chain, x.id::text from ledger_transactions x, seal_window('ledger') w
    where not (x.written_by::xid8 >= w.first and x.written_by::xid8 < w.beyond)
      and not exists (select from seals s where s.chain = 'ledger' and s.subject_id = x.id)
  union all
  select 'audit', x.id::text from audit_log x, seal_window('audit') w
    where not (x.written_by::xid8 >= w.first and x.written_by::xid8 < w.beyond)
      and not exists (select from seals s where s.chain = 'audit' and s.subject_id = x.id)`;

const BALANCES = `with waiting as (
    select p.account_id, sum(p.amount) as amount from ledger_unsealed() u
    join ledger_postings p on p.transaction_id = u.transaction_id group by 1)
  select a.id::text as account_id, a.kind as account,
    (coalesce(sum(b.balance), 0) - coalesce(max(w.amount), 0))::text as balance
  from ledger_accounts a left join ledger_balances b on b.account_id = a.id
  left join waiting w on w.account_id = a.id group by a.id order by a.id`;

/**
 * Every line of an export, all from one moment: what was sealed by then, and the balances as far as they are
 * covered by it. What is not sealed yet belongs to the next export.
 */
export async function* exportLedger(database: Database): AsyncGenerator<ExportLine> {
  const client = await database.pool.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    await client.query('set local statement_timeout = 0');
    yield { kind: 'begin', format: EXPORT_FORMAT };
    const ledger = yield* sealedLines<SealedTransaction>(client, 'ledger', TRANSACTIONS, 'transaction');
    const audit = yield* sealedLines<SealedAuditEntry>(client, 'audit', ENTRIES, 'audit');
    for (const { chain, id } of (await client.query<{ chain: ChainName; id: string }>(HIDDEN)).rows) {
      yield { kind: 'unsealed', chain, id };
    }
    const balances = await client.query<{ account_id: string; account: string; balance: string }>(BALANCES);
    for (const { account_id, account, balance } of balances.rows) {
      yield { kind: 'balance', account_id, account, balance };
    }
    yield { kind: 'end', ledger, audit };
  } finally {
    await client.query('rollback').catch(() => undefined);
    client.release();
  }
}

async function* sealedLines<Line extends SealedTransaction | SealedAuditEntry>(
  client: pg.PoolClient,
  chain: ChainName,
  text: string,
  kind: Line['kind'],
): AsyncGenerator<ExportLine, ChainHead> {
  let head: ChainHead = { position: '0', digest: '0'.repeat(64) };
  for (;;) {
    const { rows } = await client.query<Kept<Line> | Gone>(text, [head.position]);
    for (const { sealed_id, ...row } of rows) {
      if (row.id === null) yield { kind: 'missing', chain, position: row.position, id: sealed_id };
      else yield { kind, ...row } as unknown as Line;
    }
    const last = rows.at(-1) as (ChainHead & { readonly sealed_id: string }) | undefined;
    if (last === undefined) return head;
    head = { position: last.position, digest: last.digest };
  }
}
