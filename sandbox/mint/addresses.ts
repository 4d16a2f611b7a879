/** Deposit addresses and the recipient address book. Circle: Mint OpenAPI, tag Addresses. */
import { randomUUID } from 'node:crypto';
import { isValidAddress, makeAddress } from '../chain/addresses.ts';
import { type Route, route } from '../kernel/http.ts';
import { invalidEntity, notFound } from './problem.ts';
import { creatingRoute, readText } from './requests.ts';
import { type MintWorld, networksOf, type RecipientAddress } from './world.ts';

const DEPOSIT = '/v1/businessAccount/wallets/addresses/deposit';
const RECIPIENT = '/v1/businessAccount/wallets/addresses/recipient';

function depositRoutes(world: MintWorld): Route[] {
  const { depositAddresses, chain } = world;
  return [
    creatingRoute(world, DEPOSIT, 'mint.createDepositAddress', 201, ({ body }) => {
      if (body.currency !== 'USD') throw invalidEntity({ location: 'currency', value: body.currency });
      const networks = networksOf(body.chain);
      const address = makeAddress(networks[0]?.kind ?? 'evm');
      // Mint's code is the same for the main and the test network: the address listens on both.
      for (const network of networks) chain.register(network.code, address, 'mint:deposit');
      const { id: _id, ...wire } = depositAddresses.insert({
        id: randomUUID(),
        address,
        currency: 'USD',
        chain: String(body.chain),
      });
      return wire;
    }),
    route('GET', DEPOSIT, 'mint.listDepositAddresses', () => ({
      status: 200,
      body: { data: depositAddresses.list({ order: 'desc' }).map(({ id: _id, ...wire }) => wire) },
    })),
  ];
}

/**
 * A recipient address becomes active by itself, unless a fault `pending` on `mint.recipient` keeps it
 * waiting.
 */
function recipientRoutes(world: MintWorld): Route[] {
  const { recipients, kernel } = world;
  kernel.settings.defineDelay('mint.recipient_activation', 1_000);
  kernel.scheduler.on<{ id: string }>('mint.activate_recipient', ({ id }) => {
    const found = recipients.get(id);
    if (found?.status !== 'pending_verification') return;
    if (kernel.faults.take('mint', 'mint.recipient', found, ['pending'])) return;
    recipients.put({ ...found, status: 'active' });
  });
  return [
    creatingRoute(world, RECIPIENT, 'mint.createRecipientAddress', 200, ({ body }) => {
      const chain = readText(body, 'chain');
      const kind = networksOf(chain)[0]?.kind ?? 'evm';
      const address = readText(body, 'address');
      if (!isValidAddress(kind, address)) throw invalidEntity({ location: 'address', value: address });
      const description = readText(body, 'description');
      const recipient: RecipientAddress = {
        id: randomUUID(),
        address,
        chain,
        currency: typeof body.currency === 'string' ? body.currency : 'USD',
        description,
        ...(typeof body.addressTag === 'string' ? { addressTag: body.addressTag } : {}),
        status: 'pending_verification',
      };
      recipients.insert(recipient);
      kernel.scheduler.after('mint.recipient_activation', 'mint.activate_recipient', { id: recipient.id });
      return recipient;
    }),
    route('GET', RECIPIENT, 'mint.listRecipientAddresses', () => ({
      status: 200,
      body: { data: recipients.list({ order: 'desc' }) },
    })),
    route('DELETE', `${RECIPIENT}/:id`, 'mint.deleteRecipientAddress', ({ params }) => {
      if (!recipients.delete(params.id ?? '')) throw notFound();
      return { status: 200, body: {} };
    }),
  ];
}

/** Routes of addresses. */
export function addressRoutes(world: MintWorld): Route[] {
  return [...depositRoutes(world), ...recipientRoutes(world)];
}
