/** Shapes of single fields that many endpoints share. */
import { z } from 'zod';
import { CHAINS } from '../domain/funding/chain.ts';

/** Characters that no text of ours may hold: controls (Postgres refuses NUL), bidirectional overrides. */
const FORBIDDEN = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

/** One line of text of `min` to `max` characters, without control characters and broken Unicode. */
export function line(min: number, max: number) {
  return z
    .string()
    .refine((value) => value.isWellFormed(), { error: 'is not well-formed Unicode', abort: true })
    .refine((value) => !FORBIDDEN.test(value), { error: 'contains control characters', abort: true })
    .refine((value) => value.trim() === value, { error: 'starts or ends with a space', abort: true })
    .min(min)
    .max(max);
}

/** A UUID in its lower-case form. */
export const uuid = z.uuid().toLowerCase();

/** A phone number in E.164. */
export const phoneNumber = z
  .string()
  .regex(/^\+[1-9]\d{7,14}$/, { error: 'is not a phone number in E.164, for example +15551234567' })
  .describe('Phone number in E.164, for example +15551234567.');

export const email = z.email().max(254).toLowerCase().describe('E-mail address; kept in lower case.');

export const passcode = z
  .string()
  .regex(/^\d{6}$/, { error: 'is not 6 digits' })
  .describe('Six digits.');

export const chain = z.enum(CHAINS).describe('The chain.');

/** A moment, RFC 3339 in UTC. */
export const timestamp = z.iso.datetime({ offset: false }).describe('RFC 3339, UTC.');

/** US dollars as a decimal string with 2 to 6 decimals. */
export const usd = z
  .string()
  .regex(/^-?\d+\.\d{2,6}$/)
  .describe('US dollars, decimal string.');

/** USDC as a decimal string with 2 to 18 decimals. */
export const usdc = z
  .string()
  .regex(/^-?\d+\.\d{2,18}$/)
  .describe('USDC, decimal string.');

/** A day, `YYYY-MM-DD`. */
export const day = z.iso.date().describe('A day, YYYY-MM-DD.');

/** RFC 3339 in UTC, from what the database driver gives. */
export function isoTime(value: Date): string {
  return value.toISOString();
}

/** RFC 3339 in UTC or null. */
export function isoTimeOrNull(value: Date | null): string | null {
  return value === null ? null : value.toISOString();
}
