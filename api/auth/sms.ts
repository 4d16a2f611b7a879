/** Sends text messages: a port, and its adapter for companies that speak Twilio's Messages API. */
import { ProblemError } from '../problem.ts';

export interface SmsSender {
  /**
   * Sends one message. `body` is never logged.
   * @throws {ProblemError} service_unavailable when the company did not take it.
   */
  send(message: { readonly to: string; readonly body: string }): Promise<void>;
}

export interface SmsOptions {
  readonly baseUrl: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly from: string;
}

const TIMEOUT_MS = 5_000;

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
      await answer.body?.cancel();
      if (!answer.ok) throw unsent({ cause: new Error(`the SMS company answered ${answer.status}`) });
    },
  };
}

function unsent(options: { readonly cause: unknown }): ProblemError {
  return new ProblemError('service_unavailable', 'Text messages cannot be sent right now.', {
    ...options,
    retryAfterSeconds: 10,
  });
}
