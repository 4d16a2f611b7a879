/** Mint's lists, for whoever wants to spoil an entry of them. */
import { distortionRoute, type EntryChange } from '../kernel/distortion.ts';
import type { Route } from '../kernel/http.ts';
import { dollars } from './requests.ts';
import { AVAILABLE, BANK, ISSUED, type MintWorld, type Money, USD } from './world.ts';

type Kept = { wire: { id: string; createDate: string; amount: Money }; units: string };

const read = ({ wire, units }: Kept) => ({ at: wire.createDate, units: BigInt(units) });

/** An entry with the changes; `fees` says how the list shows a fee. */
function write<T extends Kept>(kept: T, change: EntryChange, fees: (fee: Money) => object, drop: object): T {
  const { id, at, units, fee, anonymous } = change;
  const wire = {
    ...kept.wire,
    ...(id && { id }),
    ...(at && { createDate: at }),
    ...(units !== undefined && { amount: dollars(units) }),
    ...(fee !== undefined && fees(dollars(fee))),
    ...(anonymous && drop),
  };
  return { ...kept, wire, ...(units !== undefined && { units: units.toString() }) };
}

/** Control routes that spoil transfers, payouts and deposits. */
export function mintDistortions({ kernel, transfers, payouts, deposits }: MintWorld): Route[] {
  const fees = { feeTo: BANK, read };
  return [
    distortionRoute(kernel, {
      ...{ name: 'mint.transfers', table: transfers, ...fees },
      write: (kept, change) =>
        write(kept, change, (fee) => ({ fees: [{ ...fee, type: 'network' }] }), {
          transactionHash: undefined,
        }),
      flow: ({ wire }) =>
        wire.destination.type === 'blockchain'
          ? { from: AVAILABLE, to: ISSUED, asset: USD }
          : { from: ISSUED, to: AVAILABLE, asset: USD },
    }),
    distortionRoute(kernel, {
      ...{ name: 'mint.payouts', table: payouts, ...fees },
      write: (kept, change) => write(kept, change, (fee) => ({ fees: fee }), { trackingRef: undefined }),
      flow: () => ({ from: AVAILABLE, to: BANK, asset: USD }),
    }),
    distortionRoute(kernel, {
      ...{ name: 'mint.deposits', table: deposits, ...fees },
      write: (kept, change) => write(kept, change, (fee) => ({ fee }), {}),
      flow: () => ({ from: BANK, to: AVAILABLE, asset: USD }),
    }),
  ];
}
