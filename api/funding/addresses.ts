/** The address book: where a customer withdraws to. */
import { z } from 'zod';
import { type AddressRow, findAddress, listAddresses } from '../../db/funding/address-queries.ts';
import { addressLifecycle } from '../../domain/funding/address.ts';
import { checkAddress } from '../../domain/funding/address-rules.ts';
import { CHAINS } from '../../domain/funding/chain.ts';
import { stateSpec, statesOf } from '../../domain/lifecycle.ts';
import { ROLES } from '../../domain/platform/user.ts';
import { chain, isoTime, isoTimeOrNull, line, timestamp, uuid } from '../fields.ts';
import { page, pageOf, pageQuery, pageRequest } from '../pagination.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { refused } from './refused.ts';

const STATES = statesOf(addressLifecycle);
const OFF_CURVE =
  'No key can sign for this address: it belongs to a program. Make sure that the program can give USDC back.';

const addressSchema = z
  .strictObject({
    id: z.uuid(),
    chain: z.enum(CHAINS),
    address: z.string(),
    label: z.string(),
    status: z.enum(STATES),
    message: z.string().describe('For the customer.'),
    warning: z.string().nullable().describe('Show it beside the address.'),
    usable_at: timestamp.describe('Withdrawals are possible from then on, unless the address is blocked.'),
    activated_at: timestamp.nullable(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Address' });

function present(row: AddressRow): z.infer<typeof addressSchema> {
  return {
    id: row.id,
    chain: row.chain,
    address: row.address,
    label: row.label,
    status: row.status,
    message: stateSpec(addressLifecycle, row.status).customer,
    warning: row.note === 'off_curve' ? OFF_CURVE : null,
    usable_at: isoTime(row.usable_at),
    activated_at: isoTimeOrNull(row.activated_at),
    created_at: isoTime(row.created_at),
    updated_at: isoTime(row.updated_at),
  };
}

const getAddresses = defineRoute(
  {
    method: 'GET',
    path: '/v1/addresses',
    operationId: 'listAddresses',
    tag: 'addresses',
    summary: 'My withdrawal addresses',
    description: 'Removed ones only when `status=removed` asks for them.',
    access: ROLES,
    query: z.strictObject({
      ...pageQuery,
      status: z.enum(STATES).optional().describe('Only addresses in this state.'),
      chain: z.enum(CHAINS).optional().describe('Only addresses on this chain.'),
    }),
    responses: {
      200: { description: 'Newest first.', schema: page(addressSchema).meta({ id: 'AddressPage' }) },
    },
  },
  async ({ query, caller }, deps) => {
    const rows = await listAddresses(deps.database, caller.userId, pageRequest(query), query);
    return { status: 200, body: pageOf(rows, query.limit, present) };
  },
);

const params = z.strictObject({ address_id: uuid });

const getAddress = defineRoute(
  {
    method: 'GET',
    path: '/v1/addresses/:address_id',
    operationId: 'getAddress',
    tag: 'addresses',
    summary: 'One withdrawal address',
    access: ROLES,
    params,
    responses: { 200: { description: 'The address.', schema: addressSchema } },
    problems: ['not_found'],
  },
  async ({ params: { address_id }, caller }, deps) => {
    const row = await findAddress(deps.database, caller.userId, address_id);
    if (!row) throw new ProblemError('not_found');
    return { status: 200, body: present(row) };
  },
);

const addAddress = defineRoute(
  {
    method: 'POST',
    path: '/v1/addresses',
    operationId: 'addAddress',
    tag: 'addresses',
    summary: 'Add a withdrawal address',
    description:
      'Needs the passcode. The address rests before money can go there: `usable_at` says until when, and a notice ' +
      'tells when it is usable. EVM addresses in mixed case must carry a right checksum (EIP-55).',
    access: ['user'],
    stepUp: true,
    body: z
      .strictObject({
        chain,
        address: line(1, 128).describe('As the wallet shows it.'),
        label: line(1, 60).describe('A name for the customer, for example "My ledger".'),
      })
      .meta({ id: 'NewAddress' }),
    responses: { 201: { description: 'The address, which rests from now on.', schema: addressSchema } },
    problems: ['address_refused', 'address_exists'],
  },
  async ({ body, caller, operationId }, deps) => {
    const checked = checkAddress(body.chain, body.address);
    if ('wrong' in checked) throw new ProblemError('address_refused', checked.wrong);
    const { userId } = caller;
    const refusal = await deps.addresses.add({
      ...{ userId, operationId, checked },
      chain: body.chain,
      label: body.label,
    });
    if (refusal) throw refused(refusal);
    const row = await findAddress(deps.database, userId, operationId);
    if (!row) throw new Error('an address that was taken is not there');
    return { status: 201, body: present(row) };
  },
);

const removeAddress = defineRoute(
  {
    method: 'DELETE',
    path: '/v1/addresses/:address_id',
    operationId: 'removeAddress',
    tag: 'addresses',
    summary: 'Remove a withdrawal address',
    description: 'Withdrawals that are on their way to it go on. Added again, it rests again.',
    access: ['user'],
    params,
    responses: { 204: { description: 'The address is removed.' } },
    problems: ['not_found'],
  },
  async ({ params: { address_id }, caller }, deps) => {
    if (!(await deps.addresses.remove(caller.userId, address_id))) throw new ProblemError('not_found');
    return { status: 204 };
  },
);

export const addressRoutes = [getAddresses, getAddress, addAddress, removeAddress];
