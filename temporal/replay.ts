/** Tries histories against the workflow code that is here, exactly as a worker of this code would. */
import { fileURLToPath } from 'node:url';
import {
  DefaultLogger,
  makeTelemetryFilterString,
  type ReplayWorkerOptions,
  Runtime,
} from '@temporalio/worker';
import { createPayloadCodec, type PayloadKeys } from './codec.ts';

const at = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));

/** What a replaying worker needs; the keys open the payloads that are encrypted. */
export function replayOptions(keys: PayloadKeys): ReplayWorkerOptions {
  return {
    workflowsPath: at('workflows/index.ts'),
    interceptors: { workflowModules: [at('workflows/runtime/interceptors.ts')] },
    dataConverter: { payloadCodecs: [createPayloadCodec(keys)] },
  };
}

/** The engine tells of each history that it loads, and of one that fails; whoever replays says it in less. */
export function quietEngine(): void {
  const filter = makeTelemetryFilterString({ core: 'ERROR' });
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter } } });
}
