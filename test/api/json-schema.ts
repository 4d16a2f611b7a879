/** Checks values against the schemas of the OpenAPI document, read as a client would read them. */
import { DOCUMENT } from './documented-client.ts';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

/** The schema that a reference means. */
export function resolved(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const found = DOCUMENT.components.schemas?.[schema.$ref.split('/').at(-1) ?? ''];
  if (found === undefined) throw new Error(`${schema.$ref} leads nowhere`);
  return resolved(found as Schema);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function hasType(type: string, value: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

/** Everything about a value that its schema does not allow, each with its place; empty when it is right. */
export function wrongIn(named: Schema, value: unknown, at = ''): string[] {
  const schema = resolved(named);
  const wrong: string[] = [];
  const say = (what: string) => wrong.push(`${at || 'the whole'}: ${what}`);
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.length > 0 && !types.some((type) => hasType(type as string, value))) {
    return [`${at || 'the whole'}: is not of type ${types.join(' or ')}`];
  }
  if ('const' in schema && value !== schema.const) say('is not the constant');
  if (schema.enum && !schema.enum.includes(value)) say(`is none of ${schema.enum.join(', ')}`);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices && !choices.some((choice) => wrongIn(choice, value).length === 0)) say('fits no choice');
  for (const part of schema.allOf ?? []) wrong.push(...wrongIn(part, value, at));
  if (typeof value === 'string') wrong.push(...wrongText(schema, value, at));
  if (typeof value === 'number') wrong.push(...wrongNumber(schema, value, at));
  if (Array.isArray(value)) wrong.push(...wrongList(schema, value, at));
  else if (isObject(value)) wrong.push(...wrongFields(schema, value, at));
  return wrong;
}

function wrongText(schema: Schema, value: string, at: string): string[] {
  const length = [...value].length;
  return [
    ...(length < (schema.minLength ?? 0) || length > (schema.maxLength ?? Number.POSITIVE_INFINITY)
      ? [`${at}: has ${length} characters`]
      : []),
    ...(schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)
      ? [`${at}: does not match ${schema.pattern}`]
      : []),
  ];
}

function wrongNumber(schema: Schema, value: number, at: string): string[] {
  const { minimum = -Infinity, maximum = Infinity } = schema;
  const { exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity } = schema;
  const within = value >= minimum && value <= maximum && value > exclusiveMinimum && value < exclusiveMaximum;
  return within ? [] : [`${at}: ${value} is out of bounds`];
}

function wrongList(schema: Schema, value: readonly unknown[], at: string): string[] {
  const { items, minItems = 0, maxItems = Infinity } = schema;
  return [
    ...(value.length < minItems || value.length > maxItems ? [`${at}: has ${value.length} items`] : []),
    ...(items ? value.flatMap((item, index) => wrongIn(items, item, `${at}/${index}`)) : []),
  ];
}

function wrongFields(schema: Schema, value: Record<string, unknown>, at: string): string[] {
  const { properties = {}, required = [], additionalProperties, propertyNames } = schema;
  const missing = required.filter((name) => !(name in value)).map((name) => `${at}/${name}: is missing`);
  const inner = Object.entries(value).flatMap(([name, field]) => {
    const place = `${at}/${name}`;
    const known = properties[name];
    if (known) return wrongIn(known, field, place);
    if (additionalProperties === false) return [`${place}: is not declared`];
    return isObject(additionalProperties) ? wrongIn(additionalProperties, field, place) : [];
  });
  const names = propertyNames ? Object.keys(value).flatMap((name) => wrongIn(propertyNames, name, at)) : [];
  return [...missing, ...inner, ...names];
}
