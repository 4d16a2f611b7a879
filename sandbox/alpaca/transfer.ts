/** Transfers between an account and a bank outside: wires out, ACH, and wires that arrive by themselves. */
import { randomUUID } from 'node:crypto';
import type { Kernel } from '../kernel/kernel.ts';
import type { PaymentInput } from '../kernel/payments.ts';
import type { Table } from '../kernel/store.ts';
import { type Cash, cashAccount, dollars, heldAccount, OUTSIDE_BANKS } from './cash.ts';
import type { EventLog } from './event-log.ts';

/** Alpaca: TransferStatus. COMPLETE may still be RETURNED. */
const TRANSFER_STATUSES = [
  ...['QUEUED', 'APPROVAL_PENDING', 'PENDING', 'SENT_TO_CLEARING', 'APPROVED', 'COMPLETE', 'REJECTED'],
  ...['CANCELED', 'RETURNED'],
];

const FINAL = ['COMPLETE', 'REJECTED', 'CANCELED', 'RETURNED'];

export interface Transfer {
  id: string;
  account_id: string;
  type: 'ach' | 'wire';
  status: string;
  direction: 'INCOMING' | 'OUTGOING';
  /** Dollars that the other side receives. */
  amount: string;
  requested_amount: string;
  fee: string;
  fee_payment_method: string;
  /** Millionths of a dollar, as text. */
  units: string;
  relationship_id?: string;
  bank_id?: string;
  additional_information?: string;
  /** The bank account that an outgoing wire goes to. */
  account_number?: string;
  reason: string | null;
  created_at: string;
  updated_at: string;
  expires_at: string;
  hold_until: null;
  instant_amount: string;
}

export type NewTransfer = Pick<Transfer, 'account_id' | 'type' | 'direction'> & { units: bigint } & Partial<
    Pick<
      Transfer,
      'relationship_id' | 'bank_id' | 'additional_information' | 'account_number' | 'fee_payment_method'
    >
  >;

export interface Transfers {
  table: Table<Transfer>;
  /** Writes a queued transfer; outgoing money is set aside. */
  open: (input: NewTransfer) => Transfer;
  /** Moves the status and the money with it; what cannot be reached stays as it is. */
  move: (transfer: Transfer, status: string, reason?: string) => Transfer;
  /** Completes it: a wire out leaves for the bank that it goes to. */
  complete: (transfer: Transfer, reason?: string) => Transfer;
  /** A wire that a bank outside pushed: nobody asked Alpaca for it, it is simply there. */
  receiveWire: (accountId: string, units: bigint, information: string) => Transfer;
}

function paymentOf(transfer: Transfer): PaymentInput {
  const { id, account_id, amount, direction, status, additional_information } = transfer;
  const isOut = direction === 'OUTGOING';
  const outside = transfer.bank_id ?? transfer.relationship_id ?? OUTSIDE_BANKS;
  return {
    ...{ id, company: 'alpaca', operation: 'alpaca.createTransfer', amount, asset: 'USD', status },
    from: isOut ? account_id : outside,
    to: isOut ? outside : account_id,
    effective: false,
    ...(additional_information ? { reference: additional_information } : {}),
  };
}

/** Moves the money of a transfer that reached a final status. */
function book(cash: Cash, transfer: Transfer, isReturn: boolean): void {
  const { id, account_id, direction, units, status } = transfer;
  const amount = BigInt(units);
  const reference = `transfer:${id}:${status}`;
  const held = heldAccount(account_id);
  if (direction === 'OUTGOING') {
    if (status === 'COMPLETE') cash.move(reference, held, OUTSIDE_BANKS, amount);
    else cash.credit(reference, isReturn ? OUTSIDE_BANKS : held, account_id, amount);
  } else if (status === 'COMPLETE') cash.credit(reference, OUTSIDE_BANKS, account_id, amount);
  else if (isReturn) cash.reclaim(reference, account_id, OUTSIDE_BANKS, amount);
}

/** Opens the transfers. */
export function createTransfers(kernel: Kernel, log: EventLog, cash: Cash): Transfers {
  const table = kernel.store.table<Transfer>('alpaca_transfers', {
    id: (transfer) => transfer.id,
    indexes: { account: (transfer) => transfer.account_id },
  });
  const announce = (transfer: Transfer, from: string | null): void => {
    log.append('funding', transfer.account_id, {
      account_id: transfer.account_id,
      correspondent: 'SLCE',
      entity_id: transfer.id,
      entity_type: 'Transfer',
      status_from: from,
      status_to: transfer.status,
      ...(transfer.reason ? { reason: transfer.reason } : {}),
    });
  };
  const open = (input: NewTransfer): Transfer => {
    const { units, ...rest } = input;
    const at = kernel.clock.iso();
    const transfer: Transfer = {
      fee_payment_method: 'invoice',
      ...rest,
      id: randomUUID(),
      status: 'QUEUED',
      amount: dollars(units),
      requested_amount: dollars(units),
      fee: '0',
      units: units.toString(),
      reason: null,
      created_at: at,
      updated_at: at,
      expires_at: new Date(kernel.clock.millis() + 7 * 86_400_000).toISOString(),
      hold_until: null,
      instant_amount: '0',
    };
    table.insert(transfer);
    if (input.direction === 'OUTGOING') {
      cash.move(
        `transfer:${transfer.id}:hold`,
        cashAccount(input.account_id),
        heldAccount(input.account_id),
        units,
      );
    }
    kernel.payments.record(paymentOf(transfer));
    announce(transfer, null);
    return transfer;
  };
  const move = (transfer: Transfer, status: string, reason?: string): Transfer => {
    const isReturn = transfer.status === 'COMPLETE' && status === 'RETURNED';
    if (FINAL.includes(transfer.status) && !isReturn) return transfer;
    if (!TRANSFER_STATUSES.includes(status) || transfer.status === status) return transfer;
    const at = kernel.clock.iso();
    const moved = table.put({ ...transfer, status, reason: reason ?? transfer.reason, updated_at: at });
    if (FINAL.includes(status)) book(cash, moved, isReturn);
    kernel.payments.update(transfer.id, status, status === 'COMPLETE');
    announce(moved, transfer.status);
    return moved;
  };
  const complete = (transfer: Transfer, reason?: string): Transfer => {
    const completed = move(transfer, 'COMPLETE', reason);
    const { account_number: account, additional_information: information = '', units } = completed;
    if (completed !== transfer && account !== undefined) {
      kernel.wires.send({ account, units: BigInt(units), information });
    }
    return completed;
  };
  return {
    table,
    open,
    move,
    complete,
    receiveWire(account_id, units, additional_information) {
      const wire = {
        account_id,
        type: 'wire',
        direction: 'INCOMING',
        units,
        additional_information,
      } as const;
      return move(open(wire), 'COMPLETE');
    },
  };
}
