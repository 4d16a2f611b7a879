/** The cookie that lets staff read decrypted histories in the Temporal Web UI. */

export const STAFF_COOKIE = 'sluice_staff';

/**
 * The Set-Cookie value: unreadable for scripts, never sent from other sites, only to the codec endpoint.
 * Ports do not part cookies, so the Web UI on another port of the same host sends it along.
 */
export function staffCookie(token: string, expiresAt: Date, secure: boolean): string {
  const parts = [
    `${STAFF_COOKIE}=${token}`,
    'Path=/v1/codec',
    `Expires=${expiresAt.toUTCString()}`,
    'HttpOnly',
    'SameSite=Strict',
  ];
  return [...parts, ...(secure ? ['Secure'] : [])].join('; ');
}
