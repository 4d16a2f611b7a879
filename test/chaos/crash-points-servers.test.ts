/**
 * Every step of every lifecycle, every activity and every commit, as a point where something dies that we depend on:
 * the companies' sandbox, Temporal and Postgres are killed with -9, or out of reach for a while. See docs/chaos.md.
 */
import { eventually } from '../support/eventually.ts';
import { endure } from './crash/campaign.ts';
import { playCrashPoints } from './crash/play.ts';

const OF_EACH_PATH = 2;
const TERMINATED = 60;
const PATIENCE_MS = 480_000;

const points = playCrashPoints(['sandbox', 'temporal', 'postgres']);

test(
  'every connection to Postgres is terminated, again and again',
  async () => {
    await endure(points.cast(), points.paths(), OF_EACH_PATH, async (tend) => {
      await tend();
      await points.stage().terminateConnections(TERMINATED);
    });
  },
  PATIENCE_MS,
);

test(
  'Temporal is out of reach for a while',
  async () => {
    const { line } = points.stage();
    await endure(points.cast(), points.paths(), OF_EACH_PATH, async (tend) => {
      line.cut();
      await tend();
      await eventually('what companies say is stored meanwhile', async () => {
        const [row] = await points
          .cast()
          .rows<{ open: number }>(
            `select count(*)::int as open from inbound_events where kind = 'circle.inbound' and processed_at is null`,
            [],
          );
        return (row?.open ?? 0) > 0;
      });
      line.mend();
    });
  },
  PATIENCE_MS,
);
