/** Dollars from Mint to a bank. */
import type { MintClient } from './client.ts';
import { toMintPayout } from './mapping.ts';
import { byId, type MintPort, PAGE_SIZE } from './port.ts';
import * as schema from './schema.ts';
import { toPage } from './transfers.ts';

type PayoutVerb = 'createPayout' | 'getPayout' | 'listPayouts';

/** The verbs of this file for one client. */
export function payoutVerbs({ sdk, request }: MintPort): Pick<MintClient, PayoutVerb> {
  return {
    createPayout: async (input) => {
      const given = [schema.createPayoutInput, input] as const;
      const payout = await request('createPayout', 'write', given, schema.wirePayout, (checked) =>
        sdk.payouts.createBusinessPayout({
          idempotencyKey: checked.idempotencyKey,
          destination: { type: 'wire', id: checked.wireAccountId },
          amount: { amount: checked.amount, currency: 'USD' },
        }),
      );
      return toMintPayout(payout);
    },
    getPayout: async (id) => {
      const send = (checked: { id: string }): Promise<{ data: unknown }> =>
        sdk.payouts.getBusinessPayout(checked.id);
      return toMintPayout(await request('getPayout', 'read', byId(id), schema.wirePayout, send));
    },
    listPayouts: async (input = {}) => {
      const given = [schema.listInput, input] as const;
      const payouts = await request(
        'listPayouts',
        'read',
        given,
        schema.payoutsAnswer,
        ({ from, to, cursor }) =>
          sdk.payouts.listBusinessPayouts(
            undefined,
            undefined,
            undefined,
            from,
            to,
            undefined,
            cursor,
            PAGE_SIZE,
          ),
      );
      return toPage(payouts, toMintPayout);
    },
  };
}
