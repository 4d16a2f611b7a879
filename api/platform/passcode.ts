/** The passcode that confirms movements of money. */
import { hash, verify } from '@node-rs/argon2';
import { z } from 'zod';
import {
  beginPasscodeTry,
  clearPasscodeFailures,
  setPasscodeHash,
} from '../../db/platform/passcode-queries.ts';
import { isGuessablePasscode } from '../../domain/platform/passcode.ts';
import { ROLES } from '../../domain/platform/user.ts';
import type { ApiDeps } from '../deps.ts';
import { passcode, timestamp } from '../fields.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { missingUser } from './me.ts';

/** OWASP Password Storage Cheat Sheet: argon2id (this package's default) with 19 MiB, 2 passes, 1 lane. */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/**
 * Checks the passcode of a user and counts the try.
 * @returns the hash that it matched.
 * @throws {ProblemError} passcode_not_set, passcode_locked, passcode_wrong.
 */
async function checkPasscode(deps: ApiDeps, userId: string, given: string): Promise<string> {
  const attempt = await beginPasscodeTry(deps.database, userId);
  if (!attempt) throw missingUser();
  if (!attempt.isSet) throw new ProblemError('passcode_not_set');
  const locked = () =>
    new ProblemError('passcode_locked', `The passcode is locked for ${Math.ceil(attempt.lockedSeconds)} s.`, {
      retryAfterSeconds: attempt.lockedSeconds,
    });
  if (attempt.hash === null) throw locked();
  if (!(await verify(attempt.hash, given))) {
    if (attempt.lockedSeconds > 0) throw locked();
    throw new ProblemError('passcode_wrong', `The passcode is wrong. Tries left: ${attempt.triesLeft}.`);
  }
  await clearPasscodeFailures(deps.database, userId);
  return attempt.hash;
}

const setPasscode = defineRoute(
  {
    method: 'PUT',
    path: '/v1/me/passcode',
    operationId: 'setPasscode',
    tag: 'me',
    summary: 'Set or change the passcode',
    description: 'A passcode that is already set must be given as `current_passcode`.',
    access: ROLES,
    limit: 'credentials',
    body: z.strictObject({ passcode, current_passcode: passcode.optional() }).meta({ id: 'PasscodeChange' }),
    responses: { 204: { description: 'The passcode is set.' } },
    problems: ['passcode_weak', 'passcode_wrong', 'passcode_locked', 'passcode_not_set'],
  },
  async ({ body, caller, requestId }, deps) => {
    if (isGuessablePasscode(body.passcode)) throw new ProblemError('passcode_weak');
    const expected =
      body.current_passcode === undefined
        ? null
        : await checkPasscode(deps, caller.userId, body.current_passcode);
    const change = { userId: caller.userId, hash: await hash(body.passcode, ARGON2), expected, requestId };
    if (await setPasscodeHash(deps.database, change)) return { status: 204 };
    throw new ProblemError('passcode_wrong', 'A passcode is set already. Give it as current_passcode.');
  },
);

const verifyPasscode = defineRoute(
  {
    method: 'POST',
    path: '/v1/me/passcode',
    operationId: 'verifyPasscode',
    tag: 'me',
    summary: 'Confirm with the passcode',
    description:
      'Answers with a token for the Step-Up-Token header of requests that move money. After five wrong tries the ' +
      'passcode is locked for a minute, then twice as long with each further one, at most a day.',
    access: ROLES,
    limit: 'credentials',
    refusedWhenSuspended: false,
    body: z.strictObject({ passcode }).meta({ id: 'PasscodeCheck' }),
    responses: {
      200: {
        description: 'The passcode is right.',
        schema: z.strictObject({ step_up_token: z.string(), expires_at: timestamp }).meta({ id: 'StepUp' }),
      },
    },
    problems: ['passcode_wrong', 'passcode_locked', 'passcode_not_set'],
  },
  async ({ body, caller }, deps) => {
    await checkPasscode(deps, caller.userId, body.passcode);
    const { token, expiresAt } = await deps.tokens.issue(caller, 'step_up');
    return { status: 200, body: { step_up_token: token, expires_at: expiresAt.toISOString() } };
  },
);

export const passcodeRoutes = [setPasscode, verifyPasscode];
