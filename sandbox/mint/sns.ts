/** Notifications as Circle Mint sends them: through Amazon SNS. AWS: SNS message formats and signatures. */
import { createSign, randomBytes, randomUUID } from 'node:crypto';
import type { Reply, Route } from '../kernel/http.ts';
import type { Table } from '../kernel/store.ts';
import { createSigningIdentity } from './certificate.ts';
import type { MintSubscription, MintWorld } from './world.ts';

export type SnsNotifier = {
  /** Tell every confirmed subscriber; `resource` names the field, e.g. `transfer`. */
  notify(notificationType: string, resource: string, content: unknown, messageId?: string): void;
  /** Ask the endpoint to confirm a new subscription. */
  confirm(subscription: MintSubscription): void;
  /** What the certificate and confirmation URLs answer; no authentication. */
  routes: Route[];
};

type SnsMessage = Record<string, string>;

/** The fields that are signed, in this order. AWS: verifying the signatures of Amazon SNS messages. */
const SIGNED: Record<string, string[]> = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: [
    'Message',
    'MessageId',
    'SubscribeURL',
    'Timestamp',
    'Token',
    'TopicArn',
    'Type',
  ],
};

const CERTIFICATE_PATH = '/SimpleNotificationService-sandbox.pem';

/** The text that SNS signs: each present field's name and value on lines of their own. */
function stringToSign(message: SnsMessage): string {
  const names = SIGNED[message.Type ?? ''] ?? [];
  return names
    .flatMap((name) => (message[name] === undefined ? [] : [`${name}\n${message[name]}\n`]))
    .join('');
}

/** A new subscription's names and token. */
export function makeSubscription(endpoint: string): MintSubscription {
  const topicArn = 'arn:aws:sns:us-east-1:908968368384:sandbox_platform-notifications-topic';
  const id = randomUUID();
  return {
    id,
    endpoint,
    topicArn,
    arn: `${topicArn}:${id}`,
    token: randomBytes(64).toString('hex'),
    status: 'pending',
  };
}

const element = (name: string, content: string): string => `<${name}>${content}</${name}>`;

/** What the certificate and confirmation URLs of SNS answer; they need no authentication. */
function snsRoutes(subscriptions: Table<MintSubscription>, certificate: string): Route[] {
  const answerConfirmation = (token: string | null): Reply => {
    const found = subscriptions.list().find((subscription) => subscription.token === token);
    if (!found) return { status: 400, body: 'InvalidParameter: Token' };
    subscriptions.put({ ...found, status: 'confirmed' });
    const result = element('SubscriptionArn', found.arn);
    const body = element('ConfirmSubscriptionResponse', element('ConfirmSubscriptionResult', result));
    return { status: 200, body, headers: { 'content-type': 'text/xml' } };
  };
  return [
    {
      method: 'GET',
      path: CERTIFICATE_PATH,
      operation: 'mint.getCertificate',
      open: true,
      handle: () => ({
        status: 200,
        body: certificate,
        headers: { 'content-type': 'application/x-pem-file' },
      }),
    },
    {
      method: 'GET',
      path: '/',
      operation: 'mint.confirmSubscription',
      open: true,
      handle: ({ query }) => answerConfirmation(query.get('Token')),
    },
  ];
}

/** Creates the notifier; its key and certificate are kept in the store. */
export function createSnsNotifier({ kernel, subscriptions }: MintWorld): SnsNotifier {
  const { store, clock, events, settings } = kernel;
  settings.define('mint.sns_signature_version', '2');
  const identity = store.keep('mint.sns_identity', () =>
    createSigningIdentity('sns.amazonaws.com', clock.now()),
  );
  const clientId = store.keep('mint.client_id', () => randomUUID());
  const base = (): string => kernel.urls.get('mint') ?? '';
  const sign = (message: SnsMessage): SnsMessage => {
    const version = settings.text('mint.sns_signature_version') === '1' ? '1' : '2';
    const algorithm = version === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
    const Signature = createSign(algorithm).update(stringToSign(message)).sign(identity.privateKey, 'base64');
    return {
      ...message,
      SignatureVersion: version,
      Signature,
      SigningCertURL: `${base()}${CERTIFICATE_PATH}`,
    };
  };
  const post = (subscription: MintSubscription, type: string, message: SnsMessage, facts: unknown): void => {
    const signed = sign(message);
    const headers = {
      'content-type': 'text/plain; charset=UTF-8',
      'user-agent': 'Amazon Simple Notification Service Agent',
      'x-amz-sns-message-type': message.Type ?? '',
      'x-amz-sns-message-id': message.MessageId ?? '',
      'x-amz-sns-topic-arn': subscription.topicArn,
    };
    const forged = {
      ...signed,
      MessageId: randomUUID(),
      Message: (message.Message ?? '').replace(/"amount":"/g, '"amount":"9'),
    };
    const { endpoint: url } = subscription;
    const forge = () => ({ headers, body: JSON.stringify(forged) });
    events.send({ company: 'mint', type, url, headers, body: JSON.stringify(signed), facts, forge });
  };
  return {
    notify(notificationType, resource, content, messageId = randomUUID()) {
      const Message = JSON.stringify({
        clientId,
        notificationType,
        version: 1,
        customAttributes: { clientId },
        [resource]: content,
      });
      for (const subscription of subscriptions.list()) {
        if (subscription.status !== 'confirmed') continue;
        const { topicArn: TopicArn } = subscription;
        const message = {
          Type: 'Notification',
          MessageId: messageId,
          TopicArn,
          Message,
          Timestamp: clock.iso(),
        };
        post(subscription, notificationType, message, content);
      }
    },
    confirm(subscription) {
      const { topicArn: TopicArn, token: Token } = subscription;
      const query = new URLSearchParams({ Action: 'ConfirmSubscription', TopicArn, Token });
      const Message = `To confirm the subscription to the topic ${TopicArn}, visit the SubscribeURL.`;
      const message = { Type: 'SubscriptionConfirmation', MessageId: randomUUID(), Token, TopicArn, Message };
      const SubscribeURL = `${base()}/?${query}`;
      post(subscription, 'subscription', { ...message, SubscribeURL, Timestamp: clock.iso() }, {});
    },
    routes: snsRoutes(subscriptions, identity.certificate),
  };
}
