/** The customers of a round: each sends the next transfer when the last one is buying power. */
import type pg from 'pg';
import type { Config } from '../../config.ts';
import { customerDesk } from '../../scripts/stack/ready-customer.ts';

const CHAIN = 'ethereum';

export interface Depositor {
  readonly userId: string;
  /** Circle's word for the chain, and the wallet's address there: where USDC is sent. */
  readonly blockchain: string;
  readonly address: string;
}

/** Makes `count` customers with one wallet each. */
export async function createDepositors(config: Config, pool: pg.Pool, count: number): Promise<Depositor[]> {
  const desk = await customerDesk(config, pool);
  return Promise.all(
    Array.from({ length: count }, async () => {
      const { id, wallets } = await desk.create([CHAIN]);
      const { blockchain, address } = wallets[CHAIN];
      return { userId: id, blockchain, address };
    }),
  );
}
