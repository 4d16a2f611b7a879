/** Alpaca's lists of journals and transfers, for whoever wants to spoil an entry of them. */
import { distortionRoute } from '../kernel/distortion.ts';
import type { Route } from '../kernel/http.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { cashAccount, dollars, OUTSIDE_BANKS, USD } from './cash.ts';
import type { Journals } from './journal.ts';
import type { Transfers } from './transfer.ts';

interface Parts {
  kernel: Kernel;
  journals: Journals;
  transfers: Transfers;
}

/** The control routes that spoil journals and transfers. */
export function alpacaDistortions({ kernel, journals, transfers }: Parts): Route[] {
  return [
    distortionRoute(kernel, {
      name: 'alpaca.journals',
      table: journals.table,
      read: ({ created_at, units }) => ({ at: created_at, units: BigInt(units) }),
      write: (journal, { id, at, units, anonymous }) => ({
        ...journal,
        ...(id && { id }),
        ...(at && { created_at: at }),
        ...(units !== undefined && { units: units.toString() }),
        ...(anonymous && { description: '' }),
      }),
      flow: ({ from_account, to_account }) => ({
        from: cashAccount(from_account),
        to: cashAccount(to_account),
        asset: USD,
      }),
    }),
    distortionRoute(kernel, {
      name: 'alpaca.transfers',
      table: transfers.table,
      feeTo: OUTSIDE_BANKS,
      read: ({ created_at, units }) => ({ at: created_at, units: BigInt(units) }),
      write: ({ additional_information, ...transfer }, { id, at, units, fee, anonymous }) => ({
        ...transfer,
        ...(additional_information && !anonymous && { additional_information }),
        ...(id && { id }),
        ...(at && { created_at: at }),
        ...(units !== undefined && { units: units.toString(), amount: dollars(units) }),
        ...(fee !== undefined && { fee: dollars(fee) }),
      }),
      flow: ({ account_id, direction }) =>
        direction === 'OUTGOING'
          ? { from: cashAccount(account_id), to: OUTSIDE_BANKS, asset: USD }
          : { from: OUTSIDE_BANKS, to: cashAccount(account_id), asset: USD },
    }),
  ];
}
