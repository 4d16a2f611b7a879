/** Our own Circle wallet on each chain, which withdrawals are paid from: made, known to Mint, opened in the books. */
import * as queries from '../../db/funding/treasury-wallet-queries.ts';
import { findProviderFact, keepProviderFact } from '../../db/platform/provider-setup-queries.ts';
import { CHAINS, type Chain } from '../../domain/funding/chain.ts';
import { parseUnits } from '../../domain/money.ts';
import { Unavailable, Unclear } from '../../domain/provider-error.ts';
import { withFailures } from '../failure.ts';
import { idempotencyKey } from '../idempotency-key.ts';
import type { ActivityPorts } from '../ports.ts';
import type { CircleWallet } from '../providers/circle/mapping.ts';
import type { MintRecipientAddress } from '../providers/mint/mapping.ts';

/** The record that set-up steps derive their keys from: there is one set-up per deployment. */
const SETUP = 'provider-setup';
/** Mint checks a new address before it pays there; until then we look again this often. */
const LOOK_AGAIN_MS = 1_000;
/** Circle's word about an address that Mint pays. */
const ACTIVE = 'active';

type Ports = Pick<ActivityPorts, 'database' | 'circle' | 'mint'>;

/** The set-up steps as activities. */
export function createTreasuryWalletActivities({ database, circle, mint }: Ports) {
  return withFailures({
    /** One wallet per chain, in a wallet set of their own, so that no customer's wallet is ever among them. */
    async ensureTreasuryWallets(): Promise<Partial<Record<Chain, string>>> {
      const walletSetId = await walletSet();
      const known = new Set((await queries.listTreasuryWallets(database)).map(({ chain }) => chain));
      const missing = CHAINS.filter((chain) => !known.has(chain));
      const made = missing.length > 0 ? await circle.listWallets({ walletSetId }) : [];
      for (const chain of missing) {
        const wallet = made.find((one) => one.chain === chain) ?? (await makeWallet(walletSetId, chain));
        const { id: circle_wallet_id, address } = wallet;
        await queries.keepTreasuryWallet(database, { chain, circle_wallet_id, address });
      }
      const all = await queries.listTreasuryWallets(database);
      return Object.fromEntries(all.map(({ chain, address }) => [chain, address]));
    },

    /**
     * Each wallet in Mint's address book. A wallet that Mint has not activated yet is no failure: we look again.
     * @throws Unavailable while one is still being checked.
     */
    async ensureTreasuryRecipients(): Promise<void> {
      const wallets = await queries.listTreasuryWallets(database);
      const waiting = wallets.filter(({ mint_recipient_id }) => mint_recipient_id === null);
      const book = waiting.length > 0 ? await addressBook() : [];
      for (const { chain, address } of waiting) {
        const entry =
          book.find((one) => one.chain === chain && isSameAddress(one.address, address)) ??
          (await mint.createRecipientAddress({
            idempotencyKey: idempotencyKey(SETUP, `treasury-recipient:${chain}:${address}`),
            chain,
            address,
            description: `Sluice treasury, ${chain}`,
          }));
        if (entry.status === ACTIVE) await queries.keepMintRecipient(database, chain, entry.id);
      }
      const left = (await queries.listTreasuryWallets(database)).filter(
        (one) => one.mint_recipient_id === null,
      );
      if (left.length === 0 && wallets.length === CHAINS.length) return;
      throw new Unavailable('Mint has not activated every treasury wallet yet', {
        provider: 'mint',
        operation: 'createRecipientAddress',
        code: 'recipient_pending',
        retryAfterMs: LOOK_AGAIN_MS,
      });
    },

    /** What stands in the wallets before the first booking is our own. */
    async openTreasuryWallets(): Promise<number> {
      let opened = 0;
      for (const { chain, circle_wallet_id } of await queries.listTreasuryWallets(database)) {
        const balances = await circle.getWalletBalances(circle_wallet_id);
        const usdc = balances.find(({ token }) => token.isUsdc)?.amount ?? '0';
        if (await queries.openTreasuryWallet(database, chain, parseUnits(usdc))) opened += 1;
      }
      return opened;
    },
  });

  /** Circle answers a repeated key with the wallet that the first call made. */
  async function makeWallet(walletSetId: string, chain: Chain): Promise<CircleWallet> {
    const key = idempotencyKey(SETUP, `treasury-wallet:${chain}`);
    const made = await circle.createWallets({
      idempotencyKey: key,
      walletSetId,
      chains: [chain],
      refId: 'treasury',
    });
    const [wallet] = made;
    if (wallet) return wallet;
    const facts = { provider: 'circle', operation: 'createWallets', code: 'unexpected_answer' } as const;
    throw new Unclear('circle createWallets: the answer has no wallet', facts);
  }

  async function walletSet(): Promise<string> {
    const known = await findProviderFact(database, 'circle_treasury_wallet_set');
    if (known !== undefined) return known;
    const key = idempotencyKey(SETUP, 'circle-treasury-wallet-set');
    const { id } = await circle.createWalletSet({ idempotencyKey: key, name: 'Sluice treasury' });
    return keepProviderFact(database, { name: 'circle_treasury_wallet_set', value: id, replace: false });
  }

  async function addressBook(): Promise<MintRecipientAddress[]> {
    const all: MintRecipientAddress[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof mint.listRecipientAddresses>> = await mint.listRecipientAddresses(
        cursor === null ? {} : { cursor },
      );
      all.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return all;
  }
}

/** EVM addresses differ in case only by their checksum. */
function isSameAddress(left: string, right: string): boolean {
  return left.startsWith('0x') ? left.toLowerCase() === right.toLowerCase() : left === right;
}

export type TreasuryWalletActivities = ReturnType<typeof createTreasuryWalletActivities>;
