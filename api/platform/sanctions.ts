/** Sanctions lists: imported as a whole, one list at a time. */
import { z } from 'zod';
import { replaceSanctionsList } from '../../db/funding/sanction-queries.ts';
import { addressKey } from '../../domain/funding/address-rules.ts';
import { sanctionsNameKey } from '../../domain/funding/sanctions.ts';
import { line } from '../fields.ts';
import { defineRoute } from '../route.ts';

/** The whole SDN list with aliases is about 2 MB in this form. */
const BODY_LIMIT = 8 * 1024 * 1024;
const MOST_ENTRIES = 100_000;
const listName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,59}$/, { error: 'is not a name like OFAC_SDN' })
  .describe('Names the list, for example `OFAC_SDN`.');
const reference = line(1, 100).describe("The list's own number of the entry.");

const replaceList = defineRoute(
  {
    method: 'PUT',
    path: '/v1/admin/sanctions-lists/:list',
    operationId: 'replaceSanctionsList',
    tag: 'admin',
    summary: 'Import a sanctions list',
    description:
      'Replaces the list by what is sent. Addresses of customers that are on it now are blocked at once, and a ' +
      'review opens for each; names are compared before money leaves. Written to the audit log.',
    access: ['admin'],
    bodyLimit: BODY_LIMIT,
    params: z.strictObject({ list: listName }),
    body: z
      .strictObject({
        addresses: z.array(z.strictObject({ address: line(1, 128), reference })).max(MOST_ENTRIES),
        names: z.array(z.strictObject({ name: line(1, 300), reference })).max(MOST_ENTRIES),
      })
      .meta({ id: 'SanctionsList' }),
    responses: {
      200: {
        description: 'What is on the list now.',
        schema: z
          .strictObject({
            addresses: z.int(),
            names: z.int(),
            blocked: z.int().describe('Addresses of customers that are blocked from now on.'),
          })
          .meta({ id: 'SanctionsListSize' }),
      },
    },
  },
  async ({ params: { list }, body, caller, requestId }, deps) => ({
    status: 200,
    body: await replaceSanctionsList(deps.database, list, {
      addresses: body.addresses.map((entry) => ({
        key: addressKey(entry.address),
        reference: entry.reference,
      })),
      names: body.names.map((entry) => ({ key: sanctionsNameKey(entry.name), reference: entry.reference })),
      by: caller.userId,
      role: caller.role,
      request_id: requestId,
    }),
  }),
);

export const sanctionsRoutes = [replaceList];
