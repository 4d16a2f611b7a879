/** What the signed-in user wants to be told, and over which channel. */
import { z } from 'zod';
import {
  keepPreferences,
  listPreferences,
  type PreferenceRow,
} from '../../db/platform/notification-preference-queries.ts';
import {
  CHANNELS,
  type Channel,
  NOTICES,
  type Notice,
  noticeOf,
} from '../../domain/platform/notification.ts';
import { ROLES } from '../../domain/platform/user.ts';
import type { ApiDeps } from '../deps.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';

const KINDS = NOTICES.map(({ kind }) => kind) as [string, ...string[]];

const preferenceSchema = z
  .strictObject({
    kind: z.enum(KINDS).describe('`<lifecycle>.<state>`.'),
    title: z.string(),
    body: z.string().describe('What the notice usually says.'),
    critical: z.boolean().describe('About money or access: cannot be turned off.'),
    in_app: z.boolean().describe('Listed among the notices of the app.'),
    webhook: z.boolean().describe("Sent to the app's backend, which may push it to a phone."),
  })
  .meta({ id: 'NotificationPreference' });

const listSchema = z
  .strictObject({ data: z.array(preferenceSchema) })
  .meta({ id: 'NotificationPreferenceList' });

function present(notice: Notice, chosen: readonly PreferenceRow[]): z.infer<typeof preferenceSchema> {
  const critical = notice.weight === 'critical';
  const wants = (channel: Channel): boolean => {
    const choice = chosen.find(({ kind, channel: over }) => kind === notice.kind && over === channel);
    return critical || (choice?.wanted ?? notice.weight === 'told');
  };
  const { kind, title, body } = notice;
  return { kind, title, body, critical, in_app: wants('in_app'), webhook: wants('webhook') };
}

async function list({ database }: ApiDeps, userId: string) {
  const chosen = await listPreferences(database, userId);
  return { status: 200, body: { data: NOTICES.map((notice) => present(notice, chosen)) } };
}

const getPreferences = defineRoute(
  {
    method: 'GET',
    path: '/v1/me/notification-preferences',
    operationId: 'getNotificationPreferences',
    tag: 'notifications',
    summary: 'What I want to be told',
    access: ROLES,
    responses: { 200: { description: 'Every kind of notice.', schema: listSchema } },
  },
  async ({ caller }, deps) => list(deps, caller.userId),
);

const putPreferences = defineRoute(
  {
    method: 'PUT',
    path: '/v1/me/notification-preferences',
    operationId: 'setNotificationPreferences',
    tag: 'notifications',
    summary: 'Choose what I want to be told',
    description: 'Kinds and channels that are left out stay as they are. It counts for notices from now on.',
    access: ROLES,
    refusedWhenSuspended: false,
    body: z
      .strictObject({
        preferences: z
          .array(
            z.strictObject({
              kind: z.enum(KINDS),
              in_app: z.boolean().optional(),
              webhook: z.boolean().optional(),
            }),
          )
          .min(1)
          .max(KINDS.length)
          .refine((list) => new Set(list.map(({ kind }) => kind)).size === list.length, {
            error: 'names a kind twice',
          }),
      })
      .meta({ id: 'NotificationPreferenceChange' }),
    responses: { 200: { description: 'Every kind of notice, as it is now.', schema: listSchema } },
    problems: ['notice_not_optional'],
  },
  async ({ body: { preferences }, caller }, deps) => {
    const refused = preferences.flatMap((choice, index) =>
      CHANNELS.filter(
        (channel) => choice[channel] === false && noticeOf(choice.kind)?.weight === 'critical',
      ).map((channel) => ({
        in: 'body' as const,
        pointer: `/preferences/${index}/${channel}`,
        detail: `Notices of the kind ${choice.kind} are always told.`,
      })),
    );
    if (refused.length > 0) throw new ProblemError('notice_not_optional', undefined, { errors: refused });
    const choices = preferences.flatMap((choice) =>
      CHANNELS.flatMap((channel) => {
        const wanted = choice[channel];
        return wanted === undefined ? [] : [{ kind: choice.kind, channel, wanted }];
      }),
    );
    if (choices.length > 0) await keepPreferences(deps.database, caller.userId, choices);
    return list(deps, caller.userId);
  },
);

export const notificationPreferenceRoutes = [getPreferences, putPreferences];
