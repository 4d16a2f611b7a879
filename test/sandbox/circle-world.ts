/** What the tests of the sandbox's Circle share: a sandbox, the official clients, a webhook receiver. */
import { constants, createVerify, publicEncrypt, randomUUID, verify } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Circle } from '@circle-fin/circle-sdk';
import { initiateDeveloperControlledWalletsClient } from '@circle-fin/developer-controlled-wallets';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/sandbox.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test reads fields of answers whose shape it asserts.
export type Json = any;

export const USDC_SEPOLIA = '5797fbd6-3795-519d-84ca-ec4c5f80c3b1';
export const SOMEBODY = '0x1111111111111111111111111111111111111111';
export const FEE = { type: 'level', config: { feeLevel: 'MEDIUM' } } as const;

export type Received = { method: string; headers: IncomingHttpHeaders; raw: Buffer; json: Json };

export interface Receiver {
  url: string;
  received: Received[];
  /** The next answers, by status; 200 when empty. */
  answers: number[];
  close(): Promise<void>;
}

/** A webhook endpoint that keeps what it got. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const { method = '', headers } = request;
      if (method === 'HEAD') return void response.end();
      received.push({ method, headers, raw, json: JSON.parse(raw.toString() || 'null') });
      response.statusCode = answers.shift() ?? 200;
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    answers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface World {
  sandbox: Sandbox;
  wallets: ReturnType<typeof initiateDeveloperControlledWalletsClient>;
  mint: Circle;
  control: (method: string, path: string, body?: unknown) => Promise<{ status: number; body: Json }>;
  /** Calls W3S or Mint at the wire level. */
  wire: (
    company: 'circle' | 'mint',
    method: string,
    path: string,
    body?: unknown,
  ) => Promise<{ status: number; headers: Headers; body: Json }>;
  /** A fresh ciphertext of the entity secret, or of another text. */
  ciphertext: (secret?: string) => Promise<string>;
  /** A wallet on one chain, holding `usdc`. */
  wallet: (
    blockchain?: string,
    usdc?: string,
  ) => Promise<{ id: string; address: string; blockchain: string }>;
  /** Sends USDC from outside. */
  deposit: (to: string, amount: string, more?: object) => Promise<string>;
}

async function call(
  base: string,
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string>,
) {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined };
}

/** Starts a sandbox in this process with the official clients pointed at it. */
export async function startWorld(options: SandboxOptions = {}): Promise<World> {
  const sandbox = await startSandbox(options);
  const circle = sandbox.credentials.circle!;
  const mint = sandbox.credentials.mint!;
  const wallets = initiateDeveloperControlledWalletsClient({
    apiKey: circle.api_key!,
    entitySecret: circle.entity_secret!,
    baseUrl: circle.base_url!,
  });
  const { data: set } = await wallets.createWalletSet({ name: 'test', idempotencyKey: randomUUID() });
  const control: World['control'] = (method, path, body) =>
    call(sandbox.urls.control!, method, path, body, {});
  const world: World = {
    sandbox,
    wallets,
    mint: new Circle(mint.api_key!, mint.base_url!),
    control,
    wire: (company, method, path, body) => {
      const { base_url, api_key } = sandbox.credentials[company]!;
      return call(base_url!, method, path, body, { authorization: `Bearer ${api_key}` });
    },
    async ciphertext(secret = circle.entity_secret!) {
      const { body } = await world.wire('circle', 'GET', '/v1/w3s/config/entity/publicKey');
      const key = { key: body.data.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
      return publicEncrypt(key, Buffer.from(secret, 'hex')).toString('base64');
    },
    async wallet(blockchain = 'ETH-SEPOLIA', usdc) {
      const answer = await wallets.createWallets({
        walletSetId: set!.walletSet.id,
        blockchains: [blockchain as 'ETH-SEPOLIA'],
        count: 1,
        idempotencyKey: randomUUID(),
      });
      const wallet = answer.data!.wallets[0]!;
      if (usdc) await world.deposit(wallet.address, usdc, { blockchain });
      return wallet;
    },
    async deposit(to, amount, more = {}) {
      const body = { blockchain: 'ETH-SEPOLIA', to, amount, ...more };
      const answer = await control('POST', '/control/chain/transfers', body);
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return answer.body.tx_hash;
    },
  };
  return world;
}

/** Circle's documented check: ECDSA over the raw body with the key that the header names. */
export async function isSignedByCircle(world: World, { raw, headers }: Received): Promise<boolean> {
  const { data } = await world.wallets.getNotificationSignature(String(headers['x-circle-key-id']));
  const key = { key: Buffer.from(data!.publicKey, 'base64'), format: 'der' as const, type: 'spki' as const };
  return verify('sha256', raw, key, Buffer.from(String(headers['x-circle-signature']), 'base64'));
}

/** The check that AWS documents for SNS messages, with the certificate that the message names. */
export async function isSignedBySns({ json }: Received): Promise<boolean> {
  const certificate = await (await fetch(json.SigningCertURL)).text();
  const names =
    json.Type === 'Notification'
      ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
      : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
  const text = names.filter((name) => json[name] !== undefined).map((name) => `${name}\n${json[name]}\n`);
  const algorithm = json.SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
  return createVerify(algorithm).update(text.join('')).verify(certificate, json.Signature, 'base64');
}
