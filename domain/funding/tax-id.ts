/** Which tax numbers can exist at all, so that a typing error is said at once and not by the broker later. */

/**
 * True when a text can be a social security number: nine digits, with or without dashes, of an area, group and serial
 * that are ever issued (Social Security Administration: no area 000, 666 or 900 to 999, no group 00, no serial 0000).
 */
export function isPossibleSsn(text: string): boolean {
  const match = /^(\d{3})-?(\d{2})-?(\d{4})$/.exec(text);
  if (!match) return false;
  const [, area = '', group, serial] = match;
  if (new Set(text.replaceAll('-', '')).size === 1) return false;
  return area !== '000' && area !== '666' && area < '900' && group !== '00' && serial !== '0000';
}
