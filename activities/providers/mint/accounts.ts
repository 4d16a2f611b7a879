/** What belongs to our Mint account: its wallet, balances, addresses and subscription. */
import type { MintClient } from './client.ts';
import { toMintChain, toMintDepositAddress, toMintRecipientAddress } from './mapping.ts';
import { type MintPort, PAGE_SIZE } from './port.ts';
import * as schema from './schema.ts';
import { toPage } from './transfers.ts';

type AccountVerb =
  | 'configuration'
  | 'balances'
  | 'createDepositAddress'
  | 'listDepositAddresses'
  | 'createRecipientAddress'
  | 'listRecipientAddresses'
  | 'ensureSubscription'
  | 'subscriptionTopics';

const nothing = [schema.noInput, undefined] as const;

/** The verbs of this file for one client. */
export function accountVerbs({ sdk, request }: MintPort): Pick<MintClient, AccountVerb> {
  return {
    configuration: async () => {
      const answer = await request('configuration', 'read', nothing, schema.configurationAnswer, () =>
        sdk.management.getAccountConfig(),
      );
      return { masterWalletId: answer.payments.masterWalletId };
    },
    balances: () =>
      request('balances', 'read', nothing, schema.balancesAnswer, () => sdk.balances.listBusinessBalances()),
    createDepositAddress: async (input) => {
      const given = [schema.createDepositAddressInput, input] as const;
      const address = await request(
        'createDepositAddress',
        'write',
        given,
        schema.wireDepositAddress,
        (checked) =>
          sdk.addresses.createBusinessDepositAddress({
            idempotencyKey: checked.idempotencyKey,
            currency: 'USD',
            chain: toMintChain(checked.chain),
          }),
      );
      return toMintDepositAddress(address);
    },
    listDepositAddresses: async () => {
      const answer = schema.depositAddressesAnswer;
      const addresses = await request('listDepositAddresses', 'read', nothing, answer, () =>
        sdk.addresses.getBusinessDepositAddress(),
      );
      return addresses.map(toMintDepositAddress);
    },
    createRecipientAddress: async (input) => {
      const given = [schema.createRecipientAddressInput, input] as const;
      const entry = await request(
        'createRecipientAddress',
        'write',
        given,
        schema.wireRecipientAddress,
        (checked) =>
          sdk.addresses.createBusinessRecipientAddress({
            ...checked,
            currency: 'USD',
            chain: toMintChain(checked.chain),
          }),
      );
      return toMintRecipientAddress(entry);
    },
    listRecipientAddresses: async (input = {}) => {
      const given = [schema.listInput, input] as const;
      const answer = schema.recipientAddressesAnswer;
      const entries = await request('listRecipientAddresses', 'read', given, answer, ({ from, to, cursor }) =>
        sdk.addresses.listBusinessRecipientAddresses(from, to, undefined, cursor, PAGE_SIZE),
      );
      return toPage(entries, toMintRecipientAddress);
    },
    subscriptionTopics: async () => {
      const answer = schema.subscriptionsAnswer;
      const all = await request('subscriptionTopics', 'read', nothing, answer, () =>
        sdk.subscriptions.listSubscriptions(),
      );
      return all.flatMap(({ subscriptionDetails }) => subscriptionDetails.map(({ url }) => topicOf(url)));
    },
    ensureSubscription: async (endpoint) => {
      const given = [schema.endpointInput, { endpoint }] as const;
      const all = await request('ensureSubscription', 'read', given, schema.subscriptionsAnswer, () =>
        sdk.subscriptions.listSubscriptions(),
      );
      const same = all.find((subscription) => subscription.endpoint === endpoint && isAlive(subscription));
      if (same !== undefined) return { id: same.id, endpoint };
      const created = await request(
        'ensureSubscription',
        'write',
        given,
        schema.subscriptionAnswer,
        (checked) => sdk.subscriptions.createSubscription({ endpoint: checked.endpoint }),
      );
      return { id: created.id, endpoint: created.endpoint };
    },
  };
}

/** Circle's sandbox drops subscriptions after 30 days; what is left of one says `deleted`. */
function isAlive({
  subscriptionDetails,
}: {
  subscriptionDetails: { status?: string | null | undefined }[];
}): boolean {
  return subscriptionDetails.length === 0 || subscriptionDetails.some(({ status }) => status !== 'deleted');
}

/** Amazon SNS: a subscription's ARN is the topic's ARN, a colon and the subscription's id. */
function topicOf(arn: string): string {
  const parts = arn.split(':');
  return parts.length > 6 ? parts.slice(0, 6).join(':') : arn;
}
