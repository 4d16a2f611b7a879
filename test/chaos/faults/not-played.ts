/** What has no cell, and why not: everything that is not in this list has one. */
import type { Verb } from './table.ts';

/** Calls that are made somewhere, as "file verb". */
export const CALLS_WITHOUT_CELLS: Readonly<Record<string, string>> = {
  ...because(
    'made once in the life of a deployment, and looked for before: test/platform/provider-setup.test.ts',
    [
      ...['circle.createWalletSet', 'circle.ensureSubscription', 'mint.listDepositAddresses'].map(inSetup),
      ...['mint.createDepositAddress', 'mint.ensureSubscription', 'alpaca.getFirmAccount'].map(inSetup),
      inSetup('mint.balances'),
      ...['circle.listWallets', 'circle.createWallets', 'circle.createWalletSet'].map(inTreasuryWallets),
      ...['circle.getWalletBalances', 'mint.createRecipientAddress'].map(inTreasuryWallets),
      inTreasuryWallets('mint.listRecipientAddresses'),
    ],
  ),
  ...because('made before the first wire of a deployment; until then no wire has been ordered', [
    ...['mint.createWireAccount', 'mint.getWireAccount', 'mint.getWireInstructions'].map(inBankLinks),
    ...['alpaca.listRecipientBanks', 'alpaca.createRecipientBank'].map(inBankLinks),
  ]),
  ...because('a round that fails moves nothing, and the next one begins within a minute', [
    ...['alpaca.getFirmAccount', 'mint.balances', 'circle.getWalletBalances'].map(inTreasury),
    'funding/sweep circle.listInbound',
  ]),
};

/** Verbs that no activity calls. */
export const VERBS_WITHOUT_CALLS: Partial<Record<Verb, string>> = {
  'circle.notificationPublicKey':
    'asked for by the webhook of the API: test/providers/circle-webhook.test.ts',
  'mint.subscriptionTopics': 'asked for by the webhook of the API: test/providers/mint-webhook.test.ts',
  'circle.getWallet': 'for operators; no lifecycle asks for it',
  'circle.getToken': 'no lifecycle asks for it: what a transaction moves is told with it',
  'circle.cancel': 'for operators; no lifecycle cancels at Circle',
  'mint.configuration': 'for operators; no lifecycle asks for it',
  'mint.listWireAccounts': 'for operators; no lifecycle asks for it',
  'alpaca.getClock': 'for trading, which is not there yet',
  'alpaca.getCalendar': 'for trading, which is not there yet',
  'alpaca.getAsset': 'for trading, which is not there yet',
  'alpaca.listAssets': 'for trading, which is not there yet',
};

/** Outcomes of the sandbox, as "operation kind". */
export const OUTCOMES_WITHOUT_CELLS: Readonly<Record<string, string>> = {
  ...because('happens once in the life of a deployment: the wire waits for the bank link', [
    ...['mint.wire_account pending', 'mint.wire_account fail', 'mint.recipient pending'],
  ]),
  ...because('a text message moves no money: test/api/sms.test.ts', [
    ...['sms.delivery pending', 'sms.delivery fail'],
  ]),
  ...because('how a stream is read again is the same for all: test/platform/broker-events.test.ts', [
    ...['alpaca.streamAccounts mute', 'alpaca.streamJournals mute', 'alpaca.streamFunding mute'],
  ]),
};

function because(reason: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, reason]));
}

function inSetup(verb: string): string {
  return `platform/provider-setup ${verb}`;
}

function inTreasuryWallets(verb: string): string {
  return `platform/treasury-wallets ${verb}`;
}

function inBankLinks(verb: string): string {
  return `funding/bank-links ${verb}`;
}

function inTreasury(verb: string): string {
  return `funding/treasury ${verb}`;
}
