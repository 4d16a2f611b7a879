/** Support in a campaign: decides what is in review, through the API like any person. */
import { randomUUID } from 'node:crypto';
import type { World } from './world.ts';

/** What a person tries first; what the API refuses is tried with the next word. */
const DECISIONS = ['retry', 'close'] as const;
/** A review that comes back again and again has its answer: it stays with a person. */
const TRIES = 3;

interface OpenReview {
  readonly id: string;
  readonly subject_id: string;
  readonly reason: string;
}

export interface SupportDesk {
  /** Decides the reviews that are open now; answers how many decisions were taken. */
  round(): Promise<number>;
  /** Decisions so far, by reason. */
  readonly decided: Readonly<Record<string, number>>;
}

/** Opens the desk with one person of support. */
export async function openSupportDesk(world: World): Promise<SupportDesk> {
  const { rows } = await world.pool.query<{ id: string }>(
    `insert into users (auth_provider_id, role) values ('chaos:support', 'support') returning id`,
  );
  const token = await world.token(rows[0]?.id ?? '', 'support');
  const tries = new Map<string, number>();
  const decided: Record<string, number> = {};

  const decide = async ({ id, subject_id, reason }: OpenReview): Promise<boolean> => {
    const key = `${subject_id} ${reason}`;
    const before = tries.get(key) ?? 0;
    if (before >= TRIES) return false;
    tries.set(key, before + 1);
    for (const decision of DECISIONS) {
      const response = await fetch(`${world.api}/v1/admin/reviews/${id}/decision`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${token}`,
          'idempotency-key': randomUUID(),
        },
        body: JSON.stringify({ decision, note: 'Decided by the campaign.' }),
      });
      await response.arrayBuffer();
      if (!response.ok) continue;
      decided[reason] = (decided[reason] ?? 0) + 1;
      return true;
    }
    return false;
  };

  return {
    decided,
    round: async () => {
      const open = await world.pool.query<OpenReview>(
        'select id, subject_id, reason from reviews where decided_at is null order by opened_at limit 200',
      );
      const outcomes: boolean[] = [];
      for (const review of open.rows) outcomes.push(await decide(review).catch(() => false));
      return outcomes.filter(Boolean).length;
    },
  };
}
