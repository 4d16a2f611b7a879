/** Wallets: the addresses that a customer sends USDC to. */
import QRCode from 'qrcode';
import { z } from 'zod';
import { findWallet, listWallets, type WalletRow } from '../../db/funding/wallet-queries.ts';
import { CHAINS, type Chain } from '../../domain/funding/chain.ts';
import { walletLifecycle } from '../../domain/funding/wallet.ts';
import { stateSpec, statesOf } from '../../domain/lifecycle.ts';
import { ROLES } from '../../domain/platform/user.ts';
import { isoTime, timestamp, uuid } from '../fields.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';

const CHAIN_NAMES: Record<Chain, string> = {
  ethereum: 'Ethereum',
  solana: 'Solana',
  base: 'Base',
  polygon: 'Polygon',
};

const walletSchema = z
  .strictObject({
    id: z.uuid(),
    chain: z.enum(CHAINS),
    address: z.string().nullable().describe('Null until the address has been made.'),
    status: z.enum(statesOf(walletLifecycle)),
    message: z.string().describe('For the customer.'),
    network_warning: z.string().describe('Show it beside the address.'),
    qr_url: z.string().nullable().describe('Path of the address as a QR code (SVG).'),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Wallet' });

function present(row: WalletRow): z.infer<typeof walletSchema> {
  const network = CHAIN_NAMES[row.chain];
  return {
    id: row.id,
    chain: row.chain,
    address: row.address,
    status: row.status,
    message: stateSpec(walletLifecycle, row.status).customer,
    network_warning: `Send only USDC, and only on ${network}. Anything else sent to this address may be lost.`,
    qr_url: row.address === null ? null : `/v1/wallets/${row.id}/qr`,
    created_at: isoTime(row.created_at),
    updated_at: isoTime(row.updated_at),
  };
}

const getWallets = defineRoute(
  {
    method: 'GET',
    path: '/v1/wallets',
    operationId: 'listWallets',
    tag: 'wallets',
    summary: 'My wallets',
    description: 'At most one per chain, so there is one page only.',
    access: ROLES,
    responses: {
      200: {
        description: 'The wallets.',
        schema: z
          .strictObject({ data: z.array(walletSchema), next_cursor: z.null() })
          .meta({ id: 'WalletList' }),
      },
    },
  },
  async ({ caller }, deps) => {
    const rows = await listWallets(deps.database, caller.userId);
    return { status: 200, body: { data: rows.map(present), next_cursor: null } };
  },
);

const params = z.strictObject({ wallet_id: uuid });

const getWallet = defineRoute(
  {
    method: 'GET',
    path: '/v1/wallets/:wallet_id',
    operationId: 'getWallet',
    tag: 'wallets',
    summary: 'One wallet',
    access: ROLES,
    params,
    responses: { 200: { description: 'The wallet.', schema: walletSchema } },
    problems: ['not_found'],
  },
  async ({ params: { wallet_id }, caller }, deps) => {
    const row = await findWallet(deps.database, caller.userId, wallet_id);
    if (!row) throw new ProblemError('not_found');
    return { status: 200, body: present(row) };
  },
);

const getWalletQr = defineRoute(
  {
    method: 'GET',
    path: '/v1/wallets/:wallet_id/qr',
    operationId: 'getWalletQr',
    tag: 'wallets',
    summary: 'The address as a QR code',
    access: ROLES,
    params,
    responses: { 200: { description: 'The bare address in an SVG picture.', contentType: 'image/svg+xml' } },
    problems: ['not_found'],
  },
  async ({ params: { wallet_id }, caller }, deps) => {
    const row = await findWallet(deps.database, caller.userId, wallet_id);
    if (!row?.address) throw new ProblemError('not_found');
    const text = await QRCode.toString(row.address, { type: 'svg', errorCorrectionLevel: 'M', margin: 2 });
    return { status: 200, text, contentType: 'image/svg+xml' };
  },
);

export const walletRoutes = [getWallets, getWallet, getWalletQr];
