/** Values by chance from one seed: right ones, ones at a boundary of their schema, and garbage. */
import { resolved, type Schema, wrongIn } from './json-schema.ts';

/** Chance that can be repeated. */
export interface Chance {
  /** From 0 up to, not including, 1. */
  next(): number;
  below(limit: number): number;
  pick<T>(from: readonly T[]): T;
  /** True so many times of a hundred. */
  often(percent: number): boolean;
}

/** mulberry32: small, and good enough to choose with. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    pick: <T>(from: readonly T[]): T => from[below(from.length)] as T,
    often: (percent) => next() * 100 < percent,
  };
}

/** Texts that are right in one field or another; which, the schema of the field says. */
const TEXTS = [
  ...['250.00', '0.01', '999999999999.99', '1000000.000001', '0.00', '1', '100', '101', '0', '1000'],
  ...['+15551230000', '+19999999999999', '123456', '000000', 'USA', 'DEU', '2000-02-29', '1990-12-10'],
  ...['2026-01-02T03:04:05Z', '9999-12-31T23:59:59.999999Z', '0000-01-01T00:00:00Z', 'ada@example.com'],
  ...['0f8fad5b-d9cb-469f-a165-70867728950e', '00000000-0000-0000-0000-000000000000'],
  ...['0F8FAD5B-D9CB-469F-A165-70867728950E', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  ...['https://hooks.example.com/x', 'http://127.0.0.1:1/', 'https://[::1]/', 'deposit.broker_funded', '*'],
  ...['0x52908400098527886E0F7030069857D2E4169EE7', 'aGVsbG8=', '====', 'x'.repeat(43), 'a', 'journal_id'],
  ...['9'.repeat(18), '9'.repeat(19), '99999999999999999999', 'WyIyMDI2LTAxLTAxIiwiYSJd', 'null', 'me'],
];

const GARBAGE: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 1e308, 2 ** 53, -0, [], {}, [[[]]], [null], { $ne: '' }, { a: { b: 1 } }],
  ...['', ' ', 'abc\u0000def', 'abc\ud800', 'a\u202eb', 'a\r\nb', "'; drop table users; --", '{{7*7}}'],
  ...['__proto__', 'constructor', 'x'.repeat(5_000), '\u{1F4A9}'.repeat(40), '%00', 'NaN', '1e999', '-0.00'],
];

/** Some JSON value that has nothing to do with what is wanted. */
export function garbage(chance: Chance): unknown {
  return chance.pick(GARBAGE);
}

/** Some text. */
export function garbageText(chance: Chance): string {
  const value = chance.often(50) ? chance.pick(TEXTS) : garbage(chance);
  return (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed();
}

/** A value that the schema allows, as far as the list of texts knows one; often at a boundary. */
export function fitting(schema: Schema, chance: Chance, depth = 0): unknown {
  const inner = resolved(schema);
  if ('const' in inner) return inner.const;
  if (inner.enum) return chance.pick(inner.enum);
  const choices = inner.anyOf ?? inner.oneOf;
  if (choices) return fitting(chance.pick(choices), chance, depth);
  switch ([inner.type].flat()[0]) {
    case 'null':
      return null;
    case 'boolean':
      return chance.often(50);
    case 'integer':
    case 'number':
      return chance.pick([inner.minimum ?? 0, inner.maximum ?? 2 ** 31, inner.exclusiveMinimum ?? 1]);
    case 'array':
      return fittingList(inner, chance, depth);
    case 'object':
      return fittingFields(inner, chance, depth);
    case 'string':
      return fittingText(inner, chance);
    default:
      return garbage(chance);
  }
}

function fittingText(schema: Schema, chance: Chance): string {
  const { minLength = 0, maxLength = 60 } = schema;
  const texts = TEXTS.filter((text) => wrongIn(schema, text).length === 0);
  if (schema.pattern !== undefined || chance.often(60)) return chance.pick(texts.length > 0 ? texts : TEXTS);
  const length = chance.pick([minLength, maxLength, maxLength + 1, Math.max(0, minLength - 1)]);
  return chance.pick(['x', 'é', '\u{1F600}', '\u0301']).repeat(Math.min(length, 3_000));
}

function fittingList({ items = {}, minItems = 0, maxItems = 3 }: Schema, chance: Chance, depth: number) {
  const length = Math.min(chance.pick([minItems, maxItems, minItems + 1, maxItems + 1]), 30);
  return Array.from({ length: depth > 4 ? 0 : length }, () => fitting(items, chance, depth + 1));
}

function fittingFields(schema: Schema, chance: Chance, depth: number): Record<string, unknown> {
  const { properties = {}, required = [], additionalProperties } = schema;
  const names = Object.keys(properties).filter((name) => required.includes(name) || chance.often(50));
  const fields = Object.fromEntries(
    names.map((name) => [name, fitting(properties[name] as Schema, chance, depth + 1)]),
  );
  if (typeof additionalProperties === 'object' && depth < 4) {
    fields[fittingText(schema.propertyNames ?? {}, chance)] = fitting(
      additionalProperties,
      chance,
      depth + 1,
    );
  }
  return fields;
}

/** A right body with a few of its places changed: into something fitting, into garbage, or away. */
export function mutated(
  body: Readonly<Record<string, unknown>>,
  schema: Schema,
  chance: Chance,
): Record<string, unknown> {
  const { properties = {} } = resolved(schema);
  const changed: Record<string, unknown> = { ...body };
  for (let times = chance.below(4); times > 0; times -= 1) {
    const name = chance.pick([...Object.keys(changed), ...Object.keys(properties), 'surprise']);
    const known = properties[name];
    if (chance.often(20)) delete changed[name];
    else changed[name] = known && chance.often(60) ? fitting(known, chance) : garbage(chance);
  }
  return changed;
}
