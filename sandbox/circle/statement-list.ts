/** Circle's list of transactions, for whoever wants to spoil an entry of it. */
import { assetOf } from '../chain/tokens.ts';
import { formatUnits } from '../kernel/books.ts';
import { distortionRoute } from '../kernel/distortion.ts';
import type { Route } from '../kernel/http.ts';
import type { CircleWorld } from './world.ts';

const OUTSIDE = 'world:distortions';
const DECIMALS = 6;

/** The control route that spoils transactions of wallets. */
export function circleDistortions({ kernel, chain, transactions }: CircleWorld): Route[] {
  return [
    distortionRoute(kernel, {
      name: 'circle.transactions',
      table: transactions,
      read: ({ wire, units }) => ({ at: wire.createDate, units: BigInt(units) }),
      write: (kept, { id, at, units, anonymous }) => {
        const { refId, txHash, ...rest } = kept.wire;
        const wire = {
          ...rest,
          ...(anonymous ? {} : { ...(refId && { refId }), ...(txHash && { txHash }) }),
          ...(id && { id }),
          ...(at && { createDate: at }),
          ...(units !== undefined && { amounts: [formatUnits(units, DECIMALS)] }),
        };
        return { ...kept, wire, ...(units !== undefined && { units: units.toString() }) };
      },
      flow: ({ wire }) => {
        const token = chain.tokens.get(wire.tokenId);
        if (!token) throw new Error(`no token ${wire.tokenId}`);
        const isIn = wire.transactionType === 'INBOUND';
        const own = chain.account(wire.blockchain, isIn ? wire.destinationAddress : wire.sourceAddress);
        const asset = assetOf(token, chain.tokens);
        return isIn ? { from: OUTSIDE, to: own, asset } : { from: own, to: OUTSIDE, asset };
      },
    }),
  ];
}
