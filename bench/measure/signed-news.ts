/** Notifications as Circle and Mint send them, with signatures of the sandbox's own keys. */
import { createPrivateKey, createSign, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface Delivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the sandbox signs with, and one true delivery of each company to make others after. */
export interface NewsDesk {
  /** A transfer into a customer's wallet that nobody has heard of. */
  circle(): Delivery;
  /** The arrival at Mint of the off-ramp transfer with this hash. */
  mint(txHash: string): Delivery;
}

interface SnsEnvelope extends Record<string, string> {
  readonly Message: string;
}

/** The fields of an SNS notification that are signed, in this order (AWS: verifying signatures of SNS messages). */
const SIGNED = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'];

/** `sandboxFolder` holds the sandbox's store; the samples are bodies that the product has received. */
export function openNewsDesk(sandboxFolder: string, samples: { circle: object; mint: object }): NewsDesk {
  const kept = keptBy(sandboxFolder);
  const [circleKey] = kept<{ id: string; privateKey: string }[]>('circle.notification_keys');
  const mintKey = createPrivateKey(kept<{ privateKey: string }>('mint.sns_identity').privateKey);
  if (!circleKey) throw new Error('the sandbox has no key for notifications');
  const ecKey = createPrivateKey(circleKey.privateKey);
  return {
    circle: () => {
      const sample = samples.circle as { notification: object };
      const txHash = `0x${randomBytes(32).toString('hex')}`;
      const notification = { ...sample.notification, id: randomUUID(), txHash };
      const body = JSON.stringify({ ...sample, notificationId: randomUUID(), notification });
      const headers = {
        'content-type': 'application/json',
        'x-circle-signature': signed(body, 'SHA256', ecKey),
        'x-circle-key-id': circleKey.id,
      };
      return { headers, body };
    },
    mint: (transactionHash) => {
      const sample = samples.mint as SnsEnvelope;
      const said = JSON.parse(sample.Message) as { transfer: object };
      const transfer = { ...said.transfer, id: randomUUID(), transactionHash };
      const message = { ...sample, MessageId: randomUUID(), Message: JSON.stringify({ ...said, transfer }) };
      const fields = message as Record<string, string>;
      const text = SIGNED.flatMap((name) => (fields[name] === undefined ? [] : `${name}\n${fields[name]}\n`));
      const body = JSON.stringify({ ...message, Signature: signed(text.join(''), 'RSA-SHA256', mintKey) });
      return { headers: { 'content-type': 'text/plain; charset=UTF-8' }, body };
    },
  };
}

function signed(text: string, algorithm: string, key: KeyObject): string {
  return createSign(algorithm).update(text).sign(key, 'base64');
}

/** Reads what the sandbox keeps by name. */
function keptBy(folder: string): <Value>(name: string) => Value {
  const file = readdirSync(folder).find((name) => /\.(db|sqlite)$/.test(name));
  if (file === undefined) throw new Error(`no store of the sandbox in ${folder}`);
  return <Value>(name: string): Value => {
    const store = new DatabaseSync(path.join(folder, file), { readOnly: true });
    try {
      const row = store.prepare('select value from kept where name = ?').get(name) as { value: string };
      return JSON.parse(row.value) as Value;
    } finally {
      store.close();
    }
  };
}
