/** Kill switches: what our own people stop and release, and what that holds up. */
import { z } from 'zod';
import {
  findSwitch,
  listSwitchChanges,
  listSwitches,
  type SwitchChangeRow,
  type SwitchRow,
  setSwitch,
} from '../../db/platform/switch-queries.ts';
import { RAILS, stopsWhat } from '../../domain/platform/switch.ts';
import { STAFF_ROLES } from '../../domain/platform/user.ts';
import { isoTime, isoTimeOrNull, line, timestamp } from '../fields.ts';
import { page, pageOf, pageQuery, pageRequest } from '../pagination.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';

const USER_KEY = /^user:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const key = z
  .string()
  .refine((value) => RAILS.includes(value) || USER_KEY.test(value), {
    error: `is none of ${RAILS.join(', ')}, user:<user id>`,
  })
  .describe('A rail, or `user:<user id>`.');

const switchSchema = z
  .strictObject({
    key: z.string(),
    off: z.boolean().describe('True while staff have stopped it.'),
    stops: z.string(),
    reason: z.string().describe('Why it was last set; empty when it never was.'),
    set_by: z.uuid().nullable(),
    set_at: timestamp.nullable(),
    held: z
      .array(
        z.strictObject({
          lifecycle: z.string(),
          state: z.string(),
          count: z.int(),
          amount: z.string().describe('Dollars and USDC together, decimal string.'),
          oldest_at: timestamp.describe('Since when the oldest one is held.'),
        }),
      )
      .describe('What waits for this switch now. What waits for two switches is listed under both.'),
  })
  .meta({ id: 'Switch' });

const changeSchema = z
  .strictObject({
    id: z.string(),
    off: z.boolean(),
    reason: z.string(),
    set_by: z.uuid().nullable(),
    request_id: z.string().nullable(),
    at: timestamp,
  })
  .meta({ id: 'SwitchChange' });

function present(row: SwitchRow): z.infer<typeof switchSchema> {
  return { ...row, held: [...row.held], stops: stopsWhat(row.key), set_at: isoTimeOrNull(row.set_at) };
}

function presentChange({ cursor_at: _place, ...row }: SwitchChangeRow): z.infer<typeof changeSchema> {
  return { ...row, at: isoTime(row.at) };
}

const getSwitches = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/switches',
    operationId: 'listSwitches',
    tag: 'admin',
    summary: 'Kill switches, and what each one holds',
    access: STAFF_ROLES,
    responses: {
      200: {
        description: 'Every rail, then every customer that was ever stopped.',
        schema: z.strictObject({ data: z.array(switchSchema) }).meta({ id: 'SwitchList' }),
      },
    },
  },
  async (_input, deps) => ({
    status: 200,
    body: { data: (await listSwitches(deps.database, RAILS)).map(present) },
  }),
);

const params = z.strictObject({ switch_key: key });

const getChanges = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/switches/:switch_key/changes',
    operationId: 'listSwitchChanges',
    tag: 'admin',
    summary: 'The history of a switch',
    access: STAFF_ROLES,
    params,
    query: z.strictObject(pageQuery),
    responses: {
      200: { description: 'Newest first.', schema: page(changeSchema).meta({ id: 'SwitchChangePage' }) },
    },
  },
  async ({ params: { switch_key }, query }, deps) => {
    const rows = await listSwitchChanges(deps.database, switch_key, pageRequest(query, 'number'));
    return { status: 200, body: pageOf(rows, query.limit, presentChange) };
  },
);

const putSwitch = defineRoute(
  {
    method: 'PUT',
    path: '/v1/admin/switches/:switch_key',
    operationId: 'setSwitch',
    tag: 'admin',
    summary: 'Stop a rail or a customer, or release them',
    description:
      'In effect at once for new requests, and before the next provider call of what is under way. Released ' +
      'lifecycles go on by themselves. Audited.',
    access: ['admin'],
    params,
    body: z
      .strictObject({
        off: z.boolean(),
        reason: line(3, 200).describe('Why; support reads it in every held lifecycle. No personal data.'),
      })
      .meta({ id: 'SwitchSetting' }),
    responses: { 200: { description: 'The switch as it is now.', schema: switchSchema } },
    problems: ['not_found'],
  },
  async ({ params: { switch_key }, body, caller, requestId, operationId }, deps) => {
    const change = { key: switch_key, ...body, by: caller.userId, role: caller.role, request_id: requestId };
    if ((await setSwitch(deps.database, change)) === null) throw new ProblemError('not_found');
    if (!body.off) await deps.controls.released(operationId);
    return { status: 200, body: present(await findSwitch(deps.database, switch_key)) };
  },
);

export const switchRoutes = [getSwitches, getChanges, putSwitch];
