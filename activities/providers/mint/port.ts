/** What every verb of the Mint client is made of: the SDK and one checked, bounded request. */
import type { Circle } from '@circle-fin/circle-sdk';
import type { z } from 'zod';
import { withinBounds } from '../bounded-axios.ts';
import { createCaller } from '../call.ts';
import type { CallKind } from '../classify.ts';
import type { MintClient, MintConfig, MintOptions } from './client.ts';
import { toMintError } from './errors.ts';
import { createMintGate, MINT_TIMEOUTS } from './limits.ts';
import { idInput } from './schema.ts';
import { loadMintSdk } from './sdk.ts';

/** Mint's largest page. */
export const PAGE_SIZE = 50;

/** Runs one SDK method within its time, checks both sides and unwraps `{ data }`. */
type MintRequest = <Input extends z.ZodType, Answer extends z.ZodType>(
  operation: keyof MintClient,
  kind: CallKind,
  input: readonly [Input, unknown],
  answer: Answer,
  send: (input: z.output<Input>) => Promise<{ data: unknown }>,
) => Promise<z.output<Answer>>;

export interface MintPort {
  readonly sdk: Circle;
  readonly request: MintRequest;
}

/** The port of one client. */
export function createMintPort(config: MintConfig, options: MintOptions): MintPort {
  const gate = createMintGate(config.baseUrl);
  const timeouts = options.timeouts ?? MINT_TIMEOUTS;
  const call = createCaller({ provider: 'mint', timeouts, toError: toMintError });
  const request: MintRequest = (operation, kind, input, answer, send) =>
    call({
      operation,
      kind,
      gate,
      input,
      answer,
      send: async (checked, timeoutMs) => unwrap((await withinBounds(timeoutMs, () => send(checked))).data),
    });
  return { sdk: loadMintSdk({ apiKey: config.apiKey, baseUrl: config.baseUrl }), request };
}

/** Mint wraps every answer as `{ data }`; what is no JSON object stays as it is and is refused by the schema. */
function unwrap(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'data' in body ? body.data : body;
}

/** The input of a verb that takes one id. */
export const byId = (id: string): readonly [typeof idInput, unknown] => [idInput, { id }];
