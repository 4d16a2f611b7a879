/** Control routes over the blockchains: send tokens to an address, undo a block, look at a transaction. */
import { isValidAddress, makeAddress } from '../chain/addresses.ts';
import type { Chain, ChainTransfer } from '../chain/chain.ts';
import { findNetwork, type Network } from '../chain/networks.ts';
import { parseUnits } from '../kernel/books.ts';
import { Refusal, type Route, route } from '../kernel/http.ts';
import { badRequest } from './kernel-routes.ts';

type Wanted = { to: string; amount: string; token: string; from: string };

function readTransfer(network: Network, entry: unknown, defaults: { token: string; from: string }): Wanted {
  const { to, amount, token, from } = (entry ?? {}) as Record<string, unknown>;
  if (!isValidAddress(network.kind, to)) throw badRequest(`to must be an address on ${network.code}`);
  if (typeof amount !== 'string') throw badRequest('amount must be a decimal string');
  return {
    to,
    amount,
    token: typeof token === 'string' ? token : defaults.token,
    from: typeof from === 'string' ? from : defaults.from,
  };
}

/** Several transfers in one call are several transfers of one transaction. */
function sendTokens(chain: Chain, body: Record<string, unknown>) {
  const network = findNetwork(body.blockchain);
  if (!network) throw badRequest('blockchain must be a blockchain that the sandbox plays');
  const from = typeof body.from === 'string' ? body.from : makeAddress(network.kind);
  const defaults = { token: typeof body.token === 'string' ? body.token : 'USDC', from };
  const entries = Array.isArray(body.transfers) ? body.transfers : [body];
  if (entries.length === 0) throw badRequest('transfers must not be empty');
  const wanted = entries.map((entry) => readTransfer(network, entry, defaults));
  const transfers = wanted.map((entry): ChainTransfer => {
    const token = chain.tokens.named(network, entry.token);
    const units = parseUnits(entry.amount, token.decimals);
    if (units === undefined) throw badRequest(`amount must have at most ${token.decimals} decimals`);
    return { from: entry.from, to: entry.to, tokenId: token.id, units: units.toString() };
  });
  const transaction = chain.broadcast({ blockchain: network.code, transfers });
  return {
    tx_hash: transaction.hash,
    transfers: wanted.map((entry, index) => ({ ...entry, token_id: transfers[index]?.tokenId })),
  };
}

/** Every control route over the chain. */
export function chainRoutes(chain: Chain): Route[] {
  return [
    route('POST', '/control/chain/transfers', 'control.sendTokens', ({ body }) => ({
      status: 201,
      body: sendTokens(chain, body),
    })),
    route('POST', '/control/chain/reorg', 'control.reorg', ({ body }) => {
      const hash = String(body.tx_hash);
      if (!chain.get(hash))
        throw new Refusal(404, { error: { status: 404, message: 'no such transaction' } });
      if (!chain.reorg(hash)) {
        throw new Refusal(409, {
          error: { status: 409, message: 'only a confirmed transaction that is not final yet' },
        });
      }
      return { status: 200, body: { transaction: chain.get(hash) } };
    }),
    route('POST', '/control/chain/finalize', 'control.finalize', ({ body }) => {
      const hash = String(body.tx_hash);
      if (!chain.finalize(hash)) {
        throw new Refusal(409, { error: { status: 409, message: 'only a confirmed transaction' } });
      }
      return { status: 200, body: { transaction: chain.get(hash) } };
    }),
    route('GET', '/control/chain/transactions/:hash', 'control.readChainTransaction', ({ params }) => {
      const transaction = chain.get(params.hash ?? '');
      return transaction
        ? { status: 200, body: { transaction } }
        : { status: 404, body: { error: { status: 404 } } };
    }),
    route('GET', '/control/chain/addresses/:blockchain/:address', 'control.readAddress', ({ params }) => {
      const network = findNetwork(params.blockchain);
      if (!network) throw badRequest('no such blockchain');
      const balance = chain.balance(network.code, params.address ?? '', chain.tokens.usdc(network));
      return {
        status: 200,
        body: { blockchain: network.code, address: params.address, usdc_units: balance.toString() },
      };
    }),
  ];
}
