/** The two bank accounts that Mint and Alpaca must know of each other before a wire can go. */
import { findProviderFact, keepProviderFact } from '../../db/platform/provider-setup-queries.ts';
import { idempotencyKey } from '../idempotency-key.ts';
import type { ActivityPorts } from '../ports.ts';

type LinkPorts = Pick<ActivityPorts, 'database' | 'mint' | 'alpaca' | 'config'>;

/** The record that the links derive their keys from: there is one pair per deployment. */
const LINKS = 'bank-links';
const BANK_NAME = 'Circle Mint';

/** Where a firm wire goes, and what must stand on it so that Mint books it to us. */
export interface BankLinks {
  readonly bankId: string;
  readonly trackingRef: string;
}

/**
 * Mint's id of the bank account behind our firm account at Alpaca, linked on first use; null while Mint's bank
 * checks it, or while the configuration does not name it.
 */
export async function linkMintToAlpaca({ database, mint, config }: LinkPorts): Promise<string | null> {
  const known = await findProviderFact(database, 'mint_wire_account');
  if (known !== undefined) return known;
  const bank = config.alpaca.wireBank;
  if (bank === undefined) return null;
  const account = await mint.createWireAccount({
    // Mint answers a repeated key with the account that the first call linked.
    idempotencyKey: idempotencyKey(LINKS, `mint-wire-account:${bank.accountNumber}`),
    accountNumber: bank.accountNumber,
    routingNumber: bank.routingNumber,
    billingDetails: bank.holder,
    bankAddress: { bankName: bank.bankName, country: 'US' },
  });
  const { outcome } = account.outcome === 'pending' ? await mint.getWireAccount(account.id) : account;
  if (outcome !== 'succeeded') return null;
  return keepProviderFact(database, { name: 'mint_wire_account', value: account.id, replace: false });
}

/** Alpaca's id of Mint's bank account, and the reference that Mint wants; null while either side is not ready. */
export async function linkAlpacaToMint(ports: LinkPorts): Promise<BankLinks | null> {
  const { database, mint, alpaca, config } = ports;
  const known = await findProviderFact(database, 'alpaca_recipient_bank');
  if (known !== undefined) return JSON.parse(known) as BankLinks;
  const wireAccountId = await linkMintToAlpaca(ports);
  if (wireAccountId === null) return null;
  const { trackingRef, beneficiaryBank } = await mint.getWireInstructions(wireAccountId);
  const accountId = config.alpaca.firmAccountId;
  // Alpaca knows no key here: a bank of that name is the one that an earlier call made.
  const banks = await alpaca.listRecipientBanks(accountId);
  const bank =
    banks.find(({ name }) => name === BANK_NAME) ??
    (await alpaca.createRecipientBank({
      accountId,
      name: BANK_NAME,
      bankCode: String(beneficiaryBank?.routingNumber ?? ''),
      bankCodeType: 'ABA',
      accountNumber: String(beneficiaryBank?.accountNumber ?? ''),
    }));
  if (!bank.isApproved) return null;
  const link: BankLinks = { bankId: bank.id, trackingRef };
  await keepProviderFact(database, {
    name: 'alpaca_recipient_bank',
    value: JSON.stringify(link),
    replace: false,
  });
  return link;
}
