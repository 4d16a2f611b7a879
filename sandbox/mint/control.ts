/** What a tester may do to Circle Mint. */
import { randomUUID } from 'node:crypto';
import { parseUnits } from '../kernel/books.ts';
import { Refusal, type Route, route } from '../kernel/http.ts';
import type { PayoutDesk } from './payouts.ts';
import { notFound } from './problem.ts';
import { dollars } from './requests.ts';
import type { SnsNotifier } from './sns.ts';
import type { TransferDesk } from './transfers.ts';
import { AVAILABLE, BANK, DECIMALS, type MintWorld, USD } from './world.ts';

const refuse = (message: string): Refusal => new Refusal(400, { error: { status: 400, message } });
const TRANSFER_STATES = ['pending', 'running', 'complete', 'failed'] as const;
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** Control routes of Circle Mint. */
export function mintControl(
  { kernel, transfers, payouts, recipients }: MintWorld,
  transferDesk: TransferDesk,
  payoutDesk: PayoutDesk,
  notifier: SnsNotifier,
): Route[] {
  return [
    route('POST', '/control/mint/transfers/:id/state', 'control.setMintTransfer', ({ params, body }) => {
      const kept = transfers.get(params.id ?? '');
      if (!kept) throw notFound();
      const state = TRANSFER_STATES.find((known) => known === (body.state ?? body.status));
      if (!state) throw refuse(`state must be one of ${TRANSFER_STATES.join(', ')}`);
      const errorCode = state === 'failed' ? (text(body.error_code) ?? 'transfer_failed') : undefined;
      return { status: 200, body: { transfer: transferDesk.settle(kept, state, errorCode) } };
    }),
    route('POST', '/control/mint/payouts/:id/state', 'control.setMintPayout', ({ params, body }) => {
      const kept = payouts.get(params.id ?? '');
      if (!kept) throw notFound();
      const { state } = body;
      const { status } = kept.wire;
      if (status === 'pending' && state === 'complete')
        return { status: 200, body: { payout: payoutDesk.complete(kept) } };
      if (status === 'pending' && state === 'failed') {
        const errorCode = text(body.error_code) ?? 'transaction_failed';
        return { status: 200, body: { payout: payoutDesk.fail(kept, errorCode) } };
      }
      if (status === 'complete' && state === 'returned')
        return { status: 200, body: { payout: payoutDesk.giveBack(kept) } };
      throw refuse('a pending payout can become complete or failed, a complete one returned');
    }),
    route('POST', '/control/mint/recipients/:id/status', 'control.setMintRecipient', ({ params, body }) => {
      const found = recipients.get(params.id ?? '');
      if (!found) throw notFound();
      const status = text(body.status);
      if (!status) throw refuse('status must be a string');
      return { status: 200, body: { recipient: recipients.put({ ...found, status }) } };
    }),
    route('POST', '/control/mint/balance', 'control.fundMint', ({ body }) => {
      const units = parseUnits(body.amount, DECIMALS);
      if (!units) throw refuse('amount must be a decimal string above zero');
      kernel.books.post(`mint funding ${randomUUID()}`, [
        { account: BANK, asset: USD, amount: -units },
        { account: AVAILABLE, asset: USD, amount: units },
      ]);
      return { status: 200, body: { available: dollars(kernel.books.balance(AVAILABLE, USD)) } };
    }),
    route('POST', '/control/mint/events/send', 'control.sendMintEvent', ({ body }) => {
      const type = text(body.type) ?? 'transfers';
      const resource = text(body.resource) ?? type.replace(/s$/, '');
      const messageId = text(body.message_id) ?? randomUUID();
      notifier.notify(type, resource, body.content ?? {}, messageId);
      return { status: 202, body: { message_id: messageId } };
    }),
  ];
}
