/** What the signed-in user was told. */
import { z } from 'zod';
import {
  listNotifications,
  markNotificationRead,
  type NotificationRow,
} from '../../db/platform/notification-queries.ts';
import { ROLES } from '../../domain/platform/user.ts';
import { isoTime, isoTimeOrNull, timestamp, uuid } from '../fields.ts';
import { page, pageOf, pageQuery, pageRequest } from '../pagination.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';

const notificationSchema = z
  .strictObject({
    id: z.uuid(),
    kind: z.string().describe('`<lifecycle>.<state>`, for example `deposit.broker_funded`.'),
    subject_id: z.uuid(),
    body: z.string(),
    read_at: timestamp.nullable(),
    created_at: timestamp,
  })
  .meta({ id: 'Notification' });

function present(row: NotificationRow): z.infer<typeof notificationSchema> {
  return {
    id: row.id,
    kind: row.kind,
    subject_id: row.subject_id,
    body: row.body,
    read_at: isoTimeOrNull(row.read_at),
    created_at: isoTime(row.created_at),
  };
}

const getNotifications = defineRoute(
  {
    method: 'GET',
    path: '/v1/notifications',
    operationId: 'listNotifications',
    tag: 'notifications',
    summary: 'My notices',
    access: ROLES,
    query: z.strictObject({
      ...pageQuery,
      unread: z.enum(['true', 'false']).optional().describe('`true`: only unread ones.'),
    }),
    responses: {
      200: {
        description: 'Newest first.',
        schema: page(notificationSchema).meta({ id: 'NotificationPage' }),
      },
    },
  },
  async ({ query, caller }, deps) => {
    const rows = await listNotifications(
      deps.database,
      caller.userId,
      pageRequest(query),
      query.unread === 'true',
    );
    return { status: 200, body: pageOf(rows, query.limit, present) };
  },
);

const readNotification = defineRoute(
  {
    method: 'POST',
    path: '/v1/notifications/:notification_id/read',
    operationId: 'readNotification',
    tag: 'notifications',
    summary: 'Mark a notice as read',
    access: ROLES,
    refusedWhenSuspended: false,
    params: z.strictObject({ notification_id: uuid }),
    responses: { 200: { description: 'The notice; the first reading counts.', schema: notificationSchema } },
    problems: ['not_found'],
  },
  async ({ params: { notification_id }, caller }, deps) => {
    const row = await markNotificationRead(deps.database, caller.userId, notification_id);
    if (!row) throw new ProblemError('not_found');
    return { status: 200, body: present(row) };
  },
);

export const notificationRoutes = [getNotifications, readNotification];
