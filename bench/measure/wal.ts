/** How many bytes of write-ahead log a piece of work costs, without what the server writes anyway. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** How long the server is watched at rest. */
const IDLE_MS = 3_000;

/**
 * The difference of the log's position over the work, minus what the same time costs at rest (rounds of the product,
 * the server's own): that is measured right before. Whole pages, which the server writes on the first change after a
 * checkpoint, are in it as they come; pages that warm-up has touched are not written whole again.
 */
export async function walBytes(pool: pg.Pool, work: () => Promise<unknown>): Promise<number> {
  const idle = await grown(pool, () => sleep(IDLE_MS));
  const busy = await grown(pool, work);
  return Math.max(0, busy.bytes - (idle.bytes / idle.ms) * busy.ms);
}

async function grown(pool: pg.Pool, work: () => Promise<unknown>): Promise<{ bytes: number; ms: number }> {
  const before = await position(pool);
  const began = performance.now();
  await work();
  const ms = performance.now() - began;
  const { rows } = await pool.query<{ bytes: string }>('select pg_current_wal_lsn() - $1::pg_lsn as bytes', [
    before,
  ]);
  return { bytes: Number(rows[0]?.bytes), ms };
}

async function position(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ at: string }>('select pg_current_wal_lsn()::text as at');
  return rows[0]?.at ?? '0/0';
}
