/** Loaded into a worker before its own code: writes its memory down every second, after a collection. */
import { appendFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

const EVERY_MS = 1_000;
const file = process.env.BENCH_MEMORY_FILE;

// Workflows run in a thread of their own, which loads this as well; one reporter is enough.
if (file !== undefined && isMainThread) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setInterval(() => {
    collect();
    const { rss, heapUsed } = process.memoryUsage();
    appendFileSync(file, `${JSON.stringify({ at: Date.now(), rss, heapUsed })}\n`);
  }, EVERY_MS).unref();
}
