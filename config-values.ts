/** How single values are written in the environment, and what is said when one is not usable. */
import { z } from 'zod';
import { isNetwork } from './domain/platform/public-address.ts';

/** A variable that must be there; `expected` completes the sentence that is said when it is not. */
export const required = (expected: string) => z.string({ error: `is missing; expected ${expected}` });
/** What is said of a value of the wrong form. */
export const unusable = (expected: string) => ({ error: `is not usable; expected ${expected}` });
/** Any text that is not empty. */
export const text = (expected: string) => required(expected).min(1);
/** A text of a form. */
export const matching = (expected: string, form: RegExp) =>
  required(expected).regex(form, unusable(expected));

/** An http(s) URL without query or fragment, kept without a trailing slash so that paths can be appended. */
export const url = (expected: string) =>
  required(expected)
    .refine((value) => isBaseUrl(value), unusable(expected))
    .transform((value) => value.replace(/\/+$/, ''));

function isBaseUrl(value: string): boolean {
  const parsed = URL.canParse(value) ? new URL(value) : undefined;
  return (
    parsed !== undefined && /^https?:$/.test(parsed.protocol) && parsed.search === '' && parsed.hash === ''
  );
}

export const DATABASE_FORM = 'postgres://user:password@host:port/database';
/** Whether it is a URL of a PostgreSQL database. */
export const isPostgresUrl = (value: string) =>
  URL.canParse(value) && /^postgres(ql)?:$/.test(new URL(value).protocol);

const whole = (expected: string, least: number, most: number) =>
  z
    .string()
    .refine((value) => /^\d{1,9}$/.test(value) && +value >= least && +value <= most, unusable(expected))
    .transform(Number);
/** A TCP port; 0 lets the system choose. */
export const port = whole('a port number from 0 to 65535', 0, 65_535);
/** A count of things. */
export const count = whole('a whole number from 1 on', 1, 999_999_999);

/** A short time in milliseconds. */
export const milliseconds = whole('a whole number of milliseconds from 0 to 10000', 0, 10_000);

/** A list with commas between; blanks around them do not count. */
export const list = (value: string): string[] =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const signingKeySchema = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string().optional(),
});
/** A private P-256 key as a JSON Web Key; tokens are signed with ES256. */
export interface SigningKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly d: string;
  readonly kid?: string;
}

const wireBankSchema = z.strictObject({
  account_number: z.string().min(1).max(34),
  routing_number: z.string().regex(/^\d{9}$/),
  bank_name: z.string().min(1).max(140),
  holder: z.strictObject({
    name: z.string().min(1),
    line1: z.string().min(1),
    city: z.string().min(1),
    district: z.string().min(1).optional(),
    postalCode: z.string().min(1),
    country: z.string().length(2),
  }),
});
/** The bank account behind our firm account, and who holds it. */
export interface WireBank {
  readonly accountNumber: string;
  readonly routingNumber: string;
  readonly bankName: string;
  readonly holder: {
    readonly name: string;
    readonly line1: string;
    readonly city: string;
    readonly district?: string;
    readonly postalCode: string;
    readonly country: string;
  };
}

const WIRE_BANK_FORM = 'the bank account as one JSON object, as .env.example shows it';
export const wireBank = required(WIRE_BANK_FORM).transform((value, context): WireBank => {
  const parsed = wireBankSchema.safeParse(parseJson(value));
  if (parsed.success) {
    const { account_number, routing_number, bank_name, holder } = parsed.data;
    const { district, ...address } = holder;
    return {
      accountNumber: account_number,
      routingNumber: routing_number,
      bankName: bank_name,
      holder: { ...address, ...(district !== undefined && { district }) },
    };
  }
  context.addIssue({ code: 'custom', ...{ message: unusable(WIRE_BANK_FORM).error } });
  return z.NEVER;
});

export const signingKey = required('a private ES256 key as JSON Web Key').transform(
  (value, context): SigningKey => {
    const parsed = signingKeySchema.safeParse(parseJson(value));
    if (parsed.success) {
      const { kid, ...key } = parsed.data;
      return kid === undefined ? key : { ...key, kid };
    }
    context.addIssue({
      code: 'custom',
      message: 'is not usable; expected a private ES256 key as JSON Web Key',
    });
    return z.NEVER;
  },
);

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

const KEY_LIST_FORM = 'keyId:base64[,keyId:base64], each key 32 bytes (AES-256)';

/** `keyId:base64,keyId:base64` to a map of 32-byte keys. The value itself never enters an error message. */
export const keyList = required(KEY_LIST_FORM).transform((value, context) => {
  const keys = new Map<string, Uint8Array>();
  for (const [index, entry] of list(value).entries()) {
    const match = /^([A-Za-z0-9_.-]{1,64}):([A-Za-z0-9+/]{43}=)$/.exec(entry);
    if (match?.[1] === undefined || match[2] === undefined || keys.has(match[1])) {
      context.addIssue({
        code: 'custom',
        message: `has a wrong entry ${index + 1}; expected ${KEY_LIST_FORM}`,
      });
      return z.NEVER;
    }
    keys.set(match[1], Buffer.from(match[2], 'base64'));
  }
  return keys as ReadonlyMap<string, Uint8Array>;
});

const NETWORKS_FORM = 'networks with commas between, for example 127.0.0.0/8,::1/128';

/** A list of networks. */
export const networks = z
  .string()
  .transform(list)
  .refine((values) => values.every(isNetwork), unusable(NETWORKS_FORM));
