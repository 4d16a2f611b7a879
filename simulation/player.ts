/** One thread of a campaign: plays the blocks of worlds that it is given. */
import { parentPort } from 'node:worker_threads';
import type { Block } from './campaign.ts';
import { planted, standInForTemporal } from './clock/stand-ins.ts';

type Campaign = typeof import('./campaign.ts');

standInForTemporal();

parentPort?.on('message', (block: Block) => {
  play(block).then(
    (found) => parentPort?.postMessage({ found }),
    (error: Error) => parentPort?.postMessage({ error: error.stack ?? error.message }),
  );
});

async function play(block: Block) {
  const address = planted(new URL('./campaign.ts', import.meta.url).href, block.bug);
  const { playBlock } = (await import(address)) as Campaign;
  return playBlock(block);
}
