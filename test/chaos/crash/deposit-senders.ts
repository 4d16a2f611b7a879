/** Transfers that customers send, and the deposits that they become. */
import type { Customer, DepositRow } from '../../support/customer.ts';
import { type Cast, seeThrough } from './cast.ts';
import { errands, expectRows } from './entry.ts';

/** Sends so many transfers of that amount; answers their hashes as they are sent. */
export function senders(cast: Cast, count: number, amount: string, who: () => Customer, token = 'USDC') {
  const hashes: string[] = [];
  const errand = errands();
  return {
    hashes,
    send: () => {
      for (let index = 0; index < count; index += 1)
        errand.once(`${index}`, async () => {
          hashes.push(await who().receive({ amount, chain: 'base', token }));
        });
    },
    rows: () =>
      cast.rows<DepositRow & { refund_ref: string | null; journal_attempt: number }>(
        'select * from deposits where tx_hash = any ($1)',
        [hashes],
      ),
  };
}

/** Deposits that have come to `isReady` before the path begins. */
export async function arrived(
  cast: Cast,
  count: number,
  amount: string,
  isReady: (row: DepositRow) => boolean,
  who: () => Customer = cast.nextSpender,
): Promise<string[]> {
  const sent = senders(cast, count, amount, who);
  await seeThrough({
    tend: async () => sent.send(),
    rests: async () => expectRows('deposits that stand ready', await sent.rows(), count, isReady),
  });
  return (await sent.rows()).map(({ id }) => id);
}

/** At its end, and nothing is waited for. */
export const isAt =
  (end: string) =>
  ({ status, waiting_for }: DepositRow): boolean =>
    status === end && waiting_for === null;
