/** Values that nobody would write by chance, and the search for them in whatever form they may have taken. */

/** A value to look for, by the name of the field that it was given in. */
export interface Canary {
  readonly name: string;
  readonly value: string;
}

/** Shorter values have no other form that is long enough to be told from chance. */
const LEAST_ENCODED = 9;

const literally = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** The base64 of the value wherever in a text it begins: without the characters that its neighbours share. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const whole = text.slice(Math.ceil((offset * 8) / 6), (offset + bytes.length) % 3 === 0 ? undefined : -1);
    return [whole, whole.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** A form of the value as a pattern: digits alone must stand alone, longer texts are found inside of others. */
function patternsOf(value: string): RegExp[] {
  const plain = literally(value);
  if (/^\d{1,8}$/.test(value)) return [new RegExp(`(?<![0-9a-z._-])${plain}(?![0-9a-z._-])`, 'i')];
  const same = new Set([value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]);
  const encoded = Buffer.byteLength(value) < LEAST_ENCODED ? [] : base64Forms(value);
  return [
    ...[...same, Buffer.from(value).toString('hex')].map((form) => new RegExp(literally(form), 'i')),
    ...[...new Set(encoded)].map((form) => new RegExp(literally(form))),
  ];
}

/** Where each canary stands: `name` of the canary to the sorted names of the places. */
export function findCanaries(
  canaries: readonly Canary[],
  places: ReadonlyMap<string, string>,
): Record<string, string[]> {
  const found = canaries.map(({ name, value }) => {
    const patterns = patternsOf(value);
    const where = [...places].filter(([, text]) => patterns.some((pattern) => pattern.test(text)));
    return [name, where.map(([place]) => place).sort()] as const;
  });
  return Object.fromEntries(found.filter(([, where]) => where.length > 0));
}
