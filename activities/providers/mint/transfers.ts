/** Movements between Mint and the blockchains: send, follow, list, look up. */
import { Unclear } from '../../../domain/provider-error.ts';
import { checkInput } from '../call.ts';
import type { CallKind } from '../classify.ts';
import type { MintClient, MintPage } from './client.ts';
import { isSameAmount, isSameTxHash, type MintTransfer, toMintTransfer } from './mapping.ts';
import { byId, type MintPort, PAGE_SIZE } from './port.ts';
import * as schema from './schema.ts';

type TransferVerb = 'createTransfer' | 'getTransfer' | 'listTransfers' | 'findTransferByHash';

/** 10,000 transfers since the operation began; a look-up that needs more must say so, not answer "none". */
const MAX_LOOKUP_PAGES = 200;

/** One page of a listing in our words. */
export function toPage<Wire extends { id: string }, Item>(
  wires: Wire[],
  convert: (wire: Wire) => Item,
): MintPage<Item> {
  const nextCursor = wires.length < PAGE_SIZE ? null : (wires.at(-1)?.id ?? null);
  return { items: wires.map(convert), nextCursor };
}

/** The verbs of this file for one client. */
export function transferVerbs({ sdk, request }: MintPort): Pick<MintClient, TransferVerb> {
  async function listPage(
    operation: TransferVerb,
    kind: CallKind,
    input: schema.MintListInput,
  ): Promise<MintPage<MintTransfer>> {
    const given = [schema.listInput, input] as const;
    const wires = await request(operation, kind, given, schema.transfersAnswer, ({ from, to, cursor }) =>
      sdk.transfers.listBusinessTransfers(from, to, undefined, cursor, PAGE_SIZE),
    );
    return toPage(wires, toMintTransfer);
  }

  return {
    createTransfer: async (input) => {
      const given = [schema.createTransferInput, input] as const;
      const transfer = await request('createTransfer', 'write', given, schema.wireTransfer, (checked) =>
        sdk.transfers.createBusinessTransfer({
          idempotencyKey: checked.idempotencyKey,
          destination: { type: 'verified_blockchain', addressId: checked.addressId },
          amount: { amount: checked.amount, currency: 'USD' },
        }),
      );
      return toMintTransfer(transfer);
    },
    getTransfer: async (id) => {
      const transfer = await request('getTransfer', 'read', byId(id), schema.wireTransfer, (checked) =>
        sdk.transfers.getBusinessTransfer(checked.id),
      );
      return toMintTransfer(transfer);
    },
    listTransfers: (input = {}) => listPage('listTransfers', 'read', input),
    findTransferByHash: async (input) => {
      const { txHash, amount, since } = checkInput(
        { provider: 'mint', operation: 'findTransferByHash' },
        schema.findTransferInput,
        input,
      );
      let cursor: string | null = null;
      for (let page = 0; page < MAX_LOOKUP_PAGES; page += 1) {
        const found: MintPage<MintTransfer> = await listPage('findTransferByHash', 'search', {
          from: since,
          ...(cursor === null ? {} : { cursor }),
        });
        const match = found.items.find(
          (transfer) =>
            transfer.direction === 'in' &&
            transfer.txHash !== null &&
            isSameTxHash(transfer.txHash, txHash) &&
            isSameAmount(transfer.amount, amount),
        );
        if (match !== undefined) return match;
        if (found.nextCursor === null) return null;
        cursor = found.nextCursor;
      }
      // Not seen within the bound is not the same as not there.
      const facts = { provider: 'mint', operation: 'findTransferByHash', code: 'too_many_pages' } as const;
      throw new Unclear('mint findTransferByHash: more transfers than one look-up reads', facts);
    },
  };
}
