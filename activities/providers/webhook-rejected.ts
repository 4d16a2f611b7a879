/** Why an incoming notification is not believed, in words that the API can answer with. */

type WebhookRejection =
  | 'missing_signature'
  | 'unknown_key'
  | 'bad_signature'
  | 'untrusted_host'
  | 'untrusted_topic'
  | 'unreadable';

/** The notification is forged, damaged or not meant for us: answer 4xx, store nothing. */
export class WebhookRejected extends Error {
  readonly reason: WebhookRejection;

  constructor(reason: WebhookRejection) {
    super(`notification rejected: ${reason}`);
    this.name = 'WebhookRejected';
    this.reason = reason;
  }
}
