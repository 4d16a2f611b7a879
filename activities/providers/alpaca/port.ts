/** What every verb of the Alpaca client is made of: one checked, bounded request. */
import type { z } from 'zod';
import { createCaller } from '../call.ts';
import type { CallKind } from '../classify.ts';
import type { AlpacaClient, AlpacaConfig, AlpacaOptions } from './client.ts';
import { toAlpacaError } from './errors.ts';
import { type AlpacaRequest, basicAuthorization, createAlpacaSend } from './http.ts';
import { ALPACA_TIMEOUTS, createAlpacaGate } from './limits.ts';
import { idInput, noInput } from './schema.ts';

/** Makes the request that `build` describes within its time and checks both sides. */
type AlpacaCall = <Input extends z.ZodType, Answer extends z.ZodType>(
  operation: keyof AlpacaClient,
  kind: CallKind,
  input: readonly [Input, unknown],
  answer: Answer,
  build: (input: z.output<Input>) => AlpacaRequest,
) => Promise<z.output<Answer>>;

export interface AlpacaPort {
  readonly firmAccountId: string;
  readonly request: AlpacaCall;
}

/** Calls that carry what a customer told us about themselves. */
const PERSONAL = new Set(['createAccount', 'findAccountByEmail', 'uploadDocuments']);

/** The port of one client. */
export function createAlpacaPort(config: AlpacaConfig, options: AlpacaOptions): AlpacaPort {
  const send = createAlpacaSend(config.baseUrl, basicAuthorization(config.keyId, config.secretKey));
  const gate = createAlpacaGate(config.baseUrl);
  const timeouts = options.timeouts ?? ALPACA_TIMEOUTS;
  const call = createCaller({ provider: 'alpaca', timeouts, toError: toAlpacaError, personal: PERSONAL });
  const request: AlpacaCall = (operation, kind, input, answer, build) =>
    call({ operation, kind, gate, input, answer, send: (checked, ms) => send(build(checked), ms) });
  return { firmAccountId: config.firmAccountId, request };
}

/** The input of a verb that takes one id. */
export const byId = (id: string): readonly [typeof idInput, unknown] => [idInput, { id }];

/** The input of a verb that takes nothing. */
export const nothing = [noInput, undefined] as const;
