/** Settings: what holds, what it may be, who changed it. */
import { z } from 'zod';
import {
  changeSetting,
  findSettings,
  listSettingChanges,
  type SettingChangeRow,
  type SettingRow,
} from '../../db/platform/setting-queries.ts';
import type { FieldSpec } from '../../domain/platform/setting-fields.ts';
import { SETTING_KEYS, type SettingSpec, settingSpec } from '../../domain/platform/settings.ts';
import { STAFF_ROLES } from '../../domain/platform/user.ts';
import { isoTime, line, timestamp } from '../fields.ts';
import { page, pageOf, pageQuery, pageRequest } from '../pagination.ts';
import type { InvalidField } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { check, validationProblem } from '../validation.ts';

const YEAR_SECONDS = 365 * 86_400;
const values = z.record(z.string(), z.unknown());

const fieldSchema = z.strictObject({
  means: z.string(),
  type: z.enum(['seconds', 'pauses', 'amount', 'time', 'boolean', 'count', 'choice']),
  least: z.number().optional(),
  most: z.number().optional(),
  of: z.array(z.string()).optional(),
});

const settingSchema = z
  .strictObject({
    key: z.enum(SETTING_KEYS),
    title: z.string(),
    applies_to: z.string().describe('From when on a change counts.'),
    value: values.describe('What holds: what is stored, and the default of every other field.'),
    stored: values.nullable().describe('What staff have set; null when nothing was ever set.'),
    defaults: values,
    fields: z.record(z.string(), fieldSchema).describe('What each field means and may be.'),
    updated_by: z.uuid().nullable(),
    updated_at: timestamp.nullable(),
  })
  .meta({ id: 'Setting' });

const changeSchema = z
  .strictObject({
    id: z.string(),
    before: values.nullable().describe('Null when the defaults held.'),
    after: values,
    reason: z.string(),
    changed_by: z.uuid().nullable(),
    request_id: z.string().nullable(),
    at: timestamp,
  })
  .meta({ id: 'SettingChange' });

function present(key: string, row: SettingRow | undefined): z.infer<typeof settingSchema> {
  const spec = settingSpec(key);
  return {
    key,
    title: spec.title,
    applies_to: spec.appliesTo,
    value: spec.effective(row?.value ?? null),
    stored: row?.value ?? null,
    defaults: spec.effective(null),
    fields: spec.fields as z.infer<typeof settingSchema>['fields'],
    updated_by: row?.updated_by ?? null,
    updated_at: row ? isoTime(row.updated_at) : null,
  };
}

function presentChange({ cursor_at: _place, ...row }: SettingChangeRow): z.infer<typeof changeSchema> {
  const { before, after } = row as { before: Record<string, unknown> | null; after: Record<string, unknown> };
  return { ...row, before, after, at: isoTime(row.at) };
}

function fieldForm(spec: FieldSpec): z.ZodType {
  switch (spec.type) {
    case 'seconds':
      return z.number().min(0).max(YEAR_SECONDS);
    case 'pauses':
      return z.array(z.number().positive().max(YEAR_SECONDS)).min(1).max(20);
    case 'count':
      return z.int().min(spec.least).max(spec.most);
    case 'amount':
      return z.string().regex(/^\d{1,12}(\.\d{1,2})?$/, { error: 'is not an amount, for example 1500.00' });
    case 'time':
      return z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'is not a time, for example 17:00' });
    case 'boolean':
      return z.boolean();
    case 'choice':
      return z.enum(spec.of);
  }
}

/** Every wrong field of a new value, with its place in the body. */
function wrongFields(spec: SettingSpec, value: Record<string, unknown>): readonly InvalidField[] {
  const shape = Object.entries(spec.fields).map(([name, field]) => [name, fieldForm(field).optional()]);
  const checked = check(z.strictObject(Object.fromEntries(shape)), value, 'body');
  const wrong: readonly InvalidField[] =
    'errors' in checked
      ? checked.errors
      : (spec.conflicts?.(spec.effective(value)) ?? []).map(({ field, detail }) => ({
          in: 'body',
          pointer: `/${field}`,
          detail,
        }));
  return wrong.map((field) => ({ ...field, pointer: `/value${field.pointer}` }));
}

const params = z.strictObject({ setting_key: z.enum(SETTING_KEYS) });

const getSettings = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/settings',
    operationId: 'listSettings',
    tag: 'admin',
    summary: 'Settings',
    access: STAFF_ROLES,
    responses: {
      200: {
        description: 'All of them.',
        schema: z.strictObject({ data: z.array(settingSchema) }).meta({ id: 'SettingList' }),
      },
    },
  },
  async (_input, deps) => {
    const rows = new Map((await findSettings(deps.database, SETTING_KEYS)).map((row) => [row.key, row]));
    return { status: 200, body: { data: SETTING_KEYS.map((key) => present(key, rows.get(key))) } };
  },
);

const getSetting = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/settings/:setting_key',
    operationId: 'getSetting',
    tag: 'admin',
    summary: 'One setting',
    access: STAFF_ROLES,
    params,
    responses: { 200: { description: 'The setting.', schema: settingSchema } },
  },
  async ({ params: { setting_key } }, deps) => {
    const [row] = await findSettings(deps.database, [setting_key]);
    return { status: 200, body: present(setting_key, row) };
  },
);

const getChanges = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/settings/:setting_key/changes',
    operationId: 'listSettingChanges',
    tag: 'admin',
    summary: 'The history of a setting',
    access: STAFF_ROLES,
    params,
    query: z.strictObject(pageQuery),
    responses: {
      200: { description: 'Newest first.', schema: page(changeSchema).meta({ id: 'SettingChangePage' }) },
    },
  },
  async ({ params: { setting_key }, query }, deps) => {
    const rows = await listSettingChanges(deps.database, setting_key, pageRequest(query, 'number'));
    return { status: 200, body: pageOf(rows, query.limit, presentChange) };
  },
);

const putSetting = defineRoute(
  {
    method: 'PUT',
    path: '/v1/admin/settings/:setting_key',
    operationId: 'setSetting',
    tag: 'admin',
    summary: 'Change a setting',
    description:
      'Replaces what is stored: fields that are left out go back to their defaults. What is under way keeps the ' +
      'rules that it began with, unless `applies_to` says otherwise. Audited.',
    access: ['admin'],
    params,
    body: z
      .strictObject({ value: values, reason: line(3, 500).describe('Why. No personal data.') })
      .meta({ id: 'SettingInput' }),
    responses: { 200: { description: 'The setting as it is now.', schema: settingSchema } },
  },
  async ({ params: { setting_key: key }, body, caller, requestId }, deps) => {
    const wrong = wrongFields(settingSpec(key), body.value);
    if (wrong.length > 0) throw validationProblem(wrong);
    const by = { by: caller.userId, role: caller.role, request_id: requestId };
    await changeSetting(deps.database, { key, ...body, ...by });
    const [row] = await findSettings(deps.database, [key]);
    return { status: 200, body: present(key, row) };
  },
);

export const settingRoutes = [getSettings, getSetting, getChanges, putSetting];
