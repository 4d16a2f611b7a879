/** Lets our own people read encrypted payloads in the Temporal Web UI (Temporal: codec server protocol). */
import type { Payload } from '@temporalio/common';
import { z } from 'zod';
import { STAFF_ROLES } from '../../domain/platform/user.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';

const MAX_BODY_BYTES = 8 * 1024 * 1024;
const base64 = z.base64().describe('Base64.');

const payloadSchema = z
  .object({ metadata: z.record(z.string(), base64).optional(), data: base64.optional() })
  .meta({
    id: 'Payload',
    description: 'temporal.api.common.v1.Payload in the JSON form of Protocol Buffers.',
  });
const payloadsSchema = z.object({ payloads: z.array(payloadSchema).max(10_000) }).meta({ id: 'Payloads' });

type JsonPayload = z.infer<typeof payloadSchema>;

function fromJson({ metadata, data }: JsonPayload): Payload {
  const decoded = Object.entries(metadata ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]);
  return { metadata: Object.fromEntries(decoded), data: Buffer.from(data ?? '', 'base64') };
}

function toJson({ metadata, data }: Payload): JsonPayload {
  const encoded = Object.entries(metadata ?? {}).map(([key, value]) => [
    key,
    Buffer.from(value).toString('base64'),
  ]);
  return { metadata: Object.fromEntries(encoded), data: Buffer.from(data ?? []).toString('base64') };
}

function codecRoute(direction: 'encode' | 'decode') {
  return defineRoute(
    {
      method: 'POST',
      path: `/v1/codec/${direction}`,
      operationId: `${direction}Payloads`,
      tag: 'operations',
      summary: direction === 'decode' ? 'Decrypt Temporal payloads' : 'Encrypt Temporal payloads',
      description:
        'For the Temporal Web UI and CLI. Takes a bearer token of staff, or the cookie of GET /staff/sign-in. ' +
        'Changes nothing, so it takes no Idempotency-Key.',
      access: STAFF_ROLES,
      cookie: true,
      limit: 'bulk',
      idempotent: false,
      refusedWhenSuspended: false,
      bodyLimit: MAX_BODY_BYTES,
      body: payloadsSchema,
      responses: { 200: { description: 'The payloads in the same order.', schema: payloadsSchema } },
      problems: ['payload_undecodable'],
    },
    async ({ body }, deps) => {
      const payloads = body.payloads.map(fromJson);
      try {
        const answer = await deps.codec[direction](payloads);
        return { status: 200, body: { payloads: answer.map(toJson) } };
      } catch (cause) {
        throw new ProblemError('payload_undecodable', undefined, { cause });
      }
    },
  );
}

export const codecRoutes = [codecRoute('decode'), codecRoute('encode')];
