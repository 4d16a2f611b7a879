/** Moves what is pinned to a version that cannot be brought back, or that shall go, to another one. */
import type { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import type { PayloadKeys } from './codec.ts';
import { replayOptions } from './replay.ts';
import { pinnedTo, pinTo, type WorkerVersion } from './worker-versions.ts';

/** What became of the open lifecycles. */
export interface Move {
  readonly moved: number;
  /** Their histories do not fit the code that is here: they stay where they are. */
  readonly refused: readonly { readonly workflowId: string; readonly reason: string }[];
}

/**
 * Replays each open lifecycle of the old version against the workflow code that is here, which must be that of the
 * new one, and moves those that fit. A lifecycle that does not fit would stand still there, so it is left alone.
 */
export async function moveLifecycles(
  client: Client,
  keys: PayloadKeys,
  { from, to }: { readonly from: WorkerVersion; readonly to: WorkerVersion },
): Promise<Move> {
  let moved = 0;
  const refused: { workflowId: string; reason: string }[] = [];
  const histories = client.workflow.list({ query: pinnedTo(from) }).intoHistories({ concurrency: 10 });
  for await (const replayed of Worker.runReplayHistories(replayOptions(keys), histories)) {
    const { workflowId, runId, error } = replayed;
    if (error) {
      refused.push({ workflowId, reason: error.message });
      continue;
    }
    await pinTo(client, to, { workflowId, runId });
    moved += 1;
  }
  return { moved, refused };
}
