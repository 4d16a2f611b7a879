/** Sign-up and sign-in by a code sent to a phone. */
import { randomInt, randomUUID } from 'node:crypto';
import { z } from 'zod';
import {
  CODE_MINUTES,
  RESEND_SECONDS,
  registerPhoneCode,
  usePhoneCode,
} from '../../db/platform/auth-queries.ts';
import { phoneNumber, timestamp } from '../fields.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { newRefreshToken, sessionOf, sessionSchema } from './sessions.ts';

const code = z
  .string()
  .regex(/^\d{6}$/, { error: 'is not 6 digits' })
  .describe('The six digits of the text message.');

const scope = (body: unknown) => (body as { phone_number: string }).phone_number;

const startPhone = defineRoute(
  {
    method: 'POST',
    path: '/v1/auth/phone/start',
    operationId: 'startPhoneVerification',
    tag: 'auth',
    summary: 'Send a code to a phone',
    description:
      `The code is good for ${CODE_MINUTES} minutes and five tries. The answer is the same whether or not the number ` +
      `is known. Between two codes to one number pass at least ${RESEND_SECONDS} seconds; at most five go out an hour.`,
    access: 'public',
    limit: 'credentials',
    callerOf: scope,
    body: z.strictObject({ phone_number: phoneNumber }).meta({ id: 'PhoneStart' }),
    responses: {
      202: {
        description: 'The code is on its way.',
        schema: z
          .strictObject({ expires_at: timestamp, resend_after_seconds: z.int() })
          .meta({ id: 'PhoneVerification' }),
      },
    },
  },
  async ({ body, operationId }, deps) => {
    const digits = String(randomInt(1_000_000)).padStart(6, '0');
    const wait = await registerPhoneCode(deps.database, {
      id: operationId,
      phoneNumber: body.phone_number,
      codeHash: deps.sealer.mac(`${body.phone_number} ${digits}`),
    });
    if (wait > 0) {
      const detail = `The next code for this number is possible in ${Math.ceil(wait)} s.`;
      throw new ProblemError('rate_limited', detail, { retryAfterSeconds: wait });
    }
    await deps.sms.send({
      to: body.phone_number,
      body: `${digits} is your Sluice code. It is valid for ${CODE_MINUTES} minutes. Never share it.`,
    });
    const expires = new Date(Date.now() + CODE_MINUTES * 60_000);
    return { status: 202, body: { expires_at: expires.toISOString(), resend_after_seconds: RESEND_SECONDS } };
  },
);

const verifyPhone = defineRoute(
  {
    method: 'POST',
    path: '/v1/auth/phone/verify',
    operationId: 'verifyPhone',
    tag: 'auth',
    summary: 'Sign in with a code',
    description: 'A number that is not known yet becomes a new user.',
    access: 'public',
    limit: 'credentials',
    callerOf: scope,
    body: z.strictObject({ phone_number: phoneNumber, code }).meta({ id: 'PhoneVerify' }),
    responses: { 200: { description: 'Signed in.', schema: sessionSchema } },
    problems: ['verification_failed'],
  },
  async ({ body }, deps) => {
    const refresh = newRefreshToken();
    const signedIn = await usePhoneCode(deps.database, {
      phoneNumber: body.phone_number,
      codeHash: deps.sealer.mac(`${body.phone_number} ${body.code}`),
      newUserId: randomUUID(),
      familyId: randomUUID(),
      refreshTokenHash: refresh.hash,
    });
    if (!signedIn) throw new ProblemError('verification_failed');
    return { status: 200, body: await sessionOf(deps.tokens, signedIn, refresh.token) };
  },
);

export const phoneRoutes = [startPhone, verifyPhone];
