/** The Temporal client of the API and the worker: encrypted payloads, request context in the headers. */
import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client';
import { createPayloadCodec, type PayloadKeys } from './codec.ts';
import { withContextHeaders } from './headers.ts';

/** Where Temporal is and how payloads are encrypted: the parts of the configuration that a client needs. */
export interface TemporalClientConfig {
  readonly temporal: { readonly address: string; readonly namespace: string };
  readonly payload: PayloadKeys;
}

const contextInterceptor: WorkflowClientInterceptor = {
  start: (input, next) => next({ ...input, headers: withContextHeaders(input.headers) }),
  startWithDetails: (input, next) => next({ ...input, headers: withContextHeaders(input.headers) }),
  signal: (input, next) => next({ ...input, headers: withContextHeaders(input.headers) }),
  signalWithStart: (input, next) => next({ ...input, headers: withContextHeaders(input.headers) }),
  startUpdate: (input, next) => next({ ...input, headers: withContextHeaders(input.headers) }),
  startUpdateWithStart: (input, next) =>
    next({
      ...input,
      workflowStartHeaders: withContextHeaders(input.workflowStartHeaders),
      updateHeaders: withContextHeaders(input.updateHeaders),
    }),
};

/**
 * Connects to Temporal. Close with `client.connection.close()`.
 * @throws {TransportError} when nobody answers at the address.
 */
export async function createTemporalClient(config: TemporalClientConfig): Promise<Client> {
  const connection = await Connection.connect({ address: config.temporal.address });
  return new Client({
    connection,
    namespace: config.temporal.namespace,
    dataConverter: { payloadCodecs: [createPayloadCodec(config.payload)] },
    interceptors: { workflow: [contextInterceptor] },
  });
}
