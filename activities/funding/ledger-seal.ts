/** Seals the ledger and the audit log, and keeps the checkpoints that balances of the past start from. */
import { type SealRound, sealChain, writeCheckpoints } from '../../db/funding/ledger-chain-queries.ts';
import type { ChainName } from '../../domain/funding/ledger-export.ts';
import { withFailures } from '../failure.ts';
import type { ActivityPorts } from '../ports.ts';

/** One call stays well below the statement time-out. */
const ROWS_PER_CALL = 5_000;
/** After an outage the rounds of the next minutes catch up; each ends before the next one is due. */
const MS_PER_CHAIN = 20_000;
/** Looking at the past adds up at most this many transactions. */
const CHECKPOINT_EVERY = 10_000;
const CHECKPOINTS_PER_CALL = 4;

export interface SealedChain {
  readonly position: string;
  readonly head: string;
  readonly sealed: number;
}

/** Sealing as activities. */
export function createLedgerSealActivities({ database, log }: Pick<ActivityPorts, 'database' | 'log'>) {
  const seal = async (chain: ChainName): Promise<SealedChain> => {
    let sealed = 0;
    let round: SealRound;
    const began = performance.now();
    do {
      round = await sealChain(database, chain, ROWS_PER_CALL);
      sealed += round.sealed;
    } while (!round.complete && performance.now() - began < MS_PER_CHAIN);
    return { position: round.position, head: round.head, sealed };
  };
  return withFailures({
    /** Chains what has become visible; the heads go to the log, from where anybody can keep them. */
    sealChains: async (): Promise<Record<ChainName, SealedChain>> => {
      const chains = { ledger: await seal('ledger'), audit: await seal('audit') };
      if (chains.ledger.sealed + chains.audit.sealed > 0) log.info(chains, 'chains sealed');
      return chains;
    },

    /** Writes the checkpoints that are due; answers how many. */
    writeLedgerCheckpoints: async (): Promise<number> => {
      let written = 0;
      let last: number;
      const began = performance.now();
      do {
        last = await writeCheckpoints(database, CHECKPOINT_EVERY, CHECKPOINTS_PER_CALL);
        written += last;
      } while (last === CHECKPOINTS_PER_CALL && performance.now() - began < MS_PER_CHAIN);
      return written;
    },
  });
}

export type LedgerSealActivities = ReturnType<typeof createLedgerSealActivities>;
