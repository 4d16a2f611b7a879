/** What every verb of the wallets client is made of: the SDK, the network and one checked, bounded request. */
import type { z } from 'zod';
import { withinBounds } from '../bounded-axios.ts';
import { createCaller } from '../call.ts';
import type { CallKind } from '../classify.ts';
import type { RateGate } from '../rate.ts';
import type { CircleNetwork } from './chains.ts';
import type { CircleClient, CircleConfig, CircleOptions } from './client.ts';
import { toCircleError } from './errors.ts';
import { CIRCLE_TIMEOUTS, type CircleGates, createCircleGates } from './limits.ts';
import { idInput } from './schema.ts';
import { loadWalletsSdk, type WalletsSdk } from './sdk.ts';

/** Circle's largest page. */
export const PAGE_SIZE = 50;

/** Runs one SDK method within its time, checks both sides and unwraps `{ data }`. */
type CircleRequest = <Input extends z.ZodType, Answer extends z.ZodType>(
  operation: keyof CircleClient,
  kind: CallKind,
  input: readonly [Input, unknown],
  answer: Answer,
  send: (input: z.output<Input>) => Promise<{ data?: unknown }>,
  gate?: RateGate,
) => Promise<z.output<Answer>>;

export interface CirclePort {
  readonly sdk: WalletsSdk;
  readonly network: CircleNetwork;
  readonly gates: CircleGates;
  readonly request: CircleRequest;
}

/** The port of one client. */
export function createCirclePort(config: CircleConfig, options: CircleOptions): CirclePort {
  const { apiKey, entitySecret, baseUrl, network } = config;
  const gates = createCircleGates(baseUrl);
  const timeouts = options.timeouts ?? CIRCLE_TIMEOUTS;
  const call = createCaller({ provider: 'circle', timeouts, toError: toCircleError });
  const request: CircleRequest = (
    operation,
    kind,
    input,
    answer,
    send,
    gate = gates[kind === 'write' ? 'write' : 'read'],
  ) =>
    call({
      operation,
      kind,
      gate,
      input,
      answer,
      send: async (checked, timeoutMs) => (await withinBounds(timeoutMs, () => send(checked))).data,
    });
  return { sdk: loadWalletsSdk({ apiKey, entitySecret, baseUrl }), network, gates, request };
}

/** The input of a verb that takes one id. */
export const byId = (id: string): readonly [typeof idInput, unknown] => [idInput, { id }];
