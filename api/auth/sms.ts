/** Sends text messages: a port, and its adapter for companies that speak Twilio's Messages API. */
import { ProblemError } from '../problem.ts';
import { validationProblem } from '../validation.ts';

export interface SmsSender {
  /**
   * Sends one message. `body` is never logged.
   * @throws {ProblemError} validation_failed for a number that no message can reach, service_unavailable when the
   * company did not take the message.
   */
  send(message: { readonly to: string; readonly body: string }): Promise<void>;
}

interface SmsOptions {
  readonly baseUrl: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly from: string;
}

const TIMEOUT_MS = 5_000;
/** Twilio: error dictionary; not a valid number, not reachable, not a mobile number. */
const NUMBER_REFUSED = new Set([21211, 21217, 21612, 21614]);

/** Twilio: Programmable Messaging, create a Message resource (form-encoded, HTTP Basic). */
export function createSmsSender(options: SmsOptions): SmsSender {
  const url = `${options.baseUrl}/2010-04-01/Accounts/${encodeURIComponent(options.accountSid)}/Messages.json`;
  const credentials = Buffer.from(`${options.accountSid}:${options.authToken}`).toString('base64');
  return {
    async send({ to, body }) {
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          authorization: `Basic ${credentials}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({ To: to, From: options.from, Body: body }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      }).catch((cause: unknown) => {
        throw unsent({ cause });
      });
      if (answer.ok) {
        await answer.body?.cancel();
        return;
      }
      const { code } = (await answer.json().catch(() => ({}))) as { code?: number };
      if (code !== undefined && NUMBER_REFUSED.has(code)) throw numberRefused();
      throw unsent({ cause: new Error(`the SMS company answered ${answer.status}, code ${code}`) });
    },
  };
}

function unsent(options: { readonly cause: unknown }): ProblemError {
  return new ProblemError('service_unavailable', 'Text messages cannot be sent right now.', {
    ...options,
    retryAfterSeconds: 10,
  });
}

function numberRefused(): ProblemError {
  const detail = 'No text message can be sent to this number.';
  return validationProblem([{ in: 'body', pointer: '/phone_number', detail }]);
}
