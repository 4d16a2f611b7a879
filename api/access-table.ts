/** Who may call what, as a table for people: docs/access.md is written from it. */
import { ROLES } from '../domain/platform/user.ts';
import { type Route, refusesSuspended, wantsIdempotencyKey } from './route.ts';

/** One row per endpoint. A dot means that the role is turned away. */
export function accessMarkdown(routes: readonly Route[]): string {
  const head = [
    '# Who may call what',
    '',
    'Written from the declarations of the endpoints; the tests try every cell. "Strangers" send no token. "Suspended"',
    'says whether a suspended user of an allowed role is served. "Key" marks endpoints that want an Idempotency-Key.',
    '',
    `| endpoint | strangers | ${ROLES.join(' | ')} | suspended | key |`,
    `| --- | --- | ${ROLES.map(() => '---').join(' | ')} | --- | --- |`,
  ];
  const mark = (yes: boolean) => (yes ? 'yes' : '·');
  const rows = routes.map(({ spec }) => {
    const open = spec.access === 'public';
    const roles = ROLES.map((role) => mark(spec.access === 'public' || spec.access.includes(role)));
    const cells = [mark(open), ...roles, mark(!refusesSuspended(spec)), mark(wantsIdempotencyKey(spec))];
    return `| \`${spec.method} ${spec.path}\` | ${cells.join(' | ')} |`;
  });
  return `${[...head, ...rows].join('\n')}\n`;
}
