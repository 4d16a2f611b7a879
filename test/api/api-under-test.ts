/** The API on a database of its own, listening on a free port, with every answer checked against its declaration. */
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { type AppOptions, createApp } from '../../api/app.ts';
import { type AuthorityOptions, createTokenAuthority } from '../../api/auth/tokens.ts';
import type { ApiDeps } from '../../api/deps.ts';
import { createSealer } from '../../api/sealing.ts';
import { openDatabase } from '../../db/client.ts';
import { requestRun } from '../../db/funding/reconciliation-queries.ts';
import { newWire } from '../../db/funding/wire-plan.ts';
import { requestWire } from '../../db/funding/wire-steps.ts';
import { userOfOutsideSubject } from '../../db/platform/user-queries.ts';
import { treasuryPolicy } from '../../domain/funding/treasury-policy.ts';
import type { Role } from '../../domain/platform/user.ts';
import { createPayloadCodec } from '../../temporal/codec.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import type { ApiClient } from '../support/http.ts';
import { documentedClient } from './documented-client.ts';

interface SentMessage {
  readonly to: string;
  readonly body: string;
}

export interface ApiUnderTest {
  readonly url: string;
  readonly deps: ApiDeps;
  readonly database: TestDatabase;
  readonly call: ApiClient;
  readonly signingKey: JWK;
  readonly messages: SentMessage[];
  /** Every log line so far. */
  readonly logged: string[];
  /** What onboarding and reviews were asked. */
  readonly asked: { readonly what: string; readonly request: object }[];
  /** Makes a user and a token for them. */
  user(role?: Role, columns?: Readonly<Record<string, unknown>>): Promise<{ id: string; token: string }>;
  stop(): Promise<void>;
}

const NOT_FOUND = { code: 'not_found', detail: 'There is none.' };

export const ISSUER = 'https://sluice.test';

/** Starts the API. `change` replaces parts of what it is given. */
export async function startApi(
  change: Partial<ApiDeps> = {},
  outside: Pick<AuthorityOptions, 'outside'> = {},
  options: AppOptions = {},
): Promise<ApiUnderTest> {
  const database = await createDatabase();
  const db = openDatabase({ url: database.url });
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const signingKey = await exportJWK(privateKey);
  const keys = new Map([['k1', randomBytes(32)]]);
  const messages: SentMessage[] = [];
  const logged: string[] = [];
  const asked: { what: string; request: object }[] = [];
  const record = async <T>(what: string, request: object, answer: T): Promise<T> => {
    asked.push({ what, request });
    return answer;
  };
  const server = createServer();
  const url = await listen(server);
  const deps: ApiDeps = {
    database: db,
    temporal: { workflowService: { getSystemInfo: async () => ({}) } } as unknown as ApiDeps['temporal'],
    tokens: await createTokenAuthority({
      issuer: ISSUER,
      signingKey,
      ...outside,
      outsideUser: async (subject) => {
        const found = await userOfOutsideSubject(db, subject);
        return { userId: found.id, role: found.role };
      },
    }),
    sms: { send: async (message) => void messages.push(message) },
    onboarding: {
      submit: (request) => record('submit', request, 'accepted'),
      addDocument: (request) => record('addDocument', request, 'accepted'),
    },
    addresses: {
      add: (request) => record('addAddress', request, undefined),
      remove: (userId, addressId) => record('removeAddress', { userId, addressId }, false),
    },
    withdrawals: {
      request: (request) => record('requestWithdrawal', request, NOT_FOUND),
      cancel: (request) => record('cancelWithdrawal', request, NOT_FOUND),
      approve: (request) => record('approveWithdrawal', request, NOT_FOUND),
    },
    wires: {
      request: async ({ operationId: id, userId, kind, chain, amountUsd, reason, requestId }) => {
        const wish = {
          id,
          kind,
          chain,
          amount_usd: amountUsd,
          reason,
          requested_by: userId,
          approvals_needed: 1,
        };
        await requestWire(db, { ...newWire(wish, treasuryPolicy(null), new Date()), request_id: requestId });
        return id;
      },
      vote: (id, request) => record('vote', { id, ...request }, 'counted'),
      cancel: (id, request) => record('cancel', { id, ...request }, true),
    },
    outgoing: { fieldKeys: { keys, activeKeyId: 'k1' }, allowedNetworks: [] },
    controls: {
      released: async (operationId) => void asked.push({ what: 'released', request: { operationId } }),
    },
    reconciliation: {
      start: async (run) => {
        await requestRun(db, run);
        asked.push({ what: 'reconcile', request: run });
      },
    },
    runTrouble: async (workflowId) => {
      asked.push({ what: 'trouble', request: { workflowId } });
      return undefined;
    },
    reviews: { decide: (request) => record('decide', request, 'not_found') },
    codec: createPayloadCodec({ keys, activeKeyId: 'k1' }),
    sealer: createSealer(keys, 'k1', 'test'),
    log: pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }),
    metrics: new Registry(),
    rateLimits: { perMinute: 1_000_000, credentialsPerMinute: 1_000_000 },
    publicUrl: url,
    codecOrigins: ['http://127.0.0.1:8233'],
    temporalUi: 'http://127.0.0.1:8233/namespaces/default',
    checkAnswers: true,
    ...change,
  };
  server.on('request', createApp(deps, options));
  return {
    ...{ url, deps, database, signingKey, messages, logged, asked, call: documentedClient(url) },
    user: async (role = 'user', columns = {}) => {
      const id = randomUUID();
      const all: Record<string, unknown> = { id, auth_provider_id: `test:${id}`, role, ...columns };
      const names = Object.keys(all);
      const places = names.map((_, index) => `$${index + 1}`).join(', ');
      await database.pool.query(
        `insert into users (${names.join(', ')}) values (${places})`,
        Object.values(all),
      );
      return { id, token: (await deps.tokens.issue({ userId: id, role }, 'access')).token };
    },
    stop: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await db.close();
      await database.drop();
    },
  };
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });
}
