/** Sends the signals of scripted deposits as the API does, and sees when the last step of each has run. */
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Client } from '@temporalio/client';
import { workflowId } from '../../domain/ids.ts';
import { withRequestContext } from '../../temporal/request-context.ts';
import { signalDeposit } from '../../temporal/signal-deposit.ts';
import { type Latency, latencyOf } from '../measure/statistics.ts';
import type { Script, ScriptedSignal } from './script.ts';

/** One that takes longer is lost: the round would mean nothing. */
const PATIENCE_MS = 120_000;

export interface EngineRun {
  readonly perSecond: number;
  /** From the first signal until the last activity has run, in milliseconds. */
  readonly latency: Latency;
  readonly ids: readonly string[];
}

export interface Sender {
  readonly port: number;
  /** Plays `count` lifecycles, `concurrency` at a time, each slot's next one when its last one has ended. */
  run(client: Client, taskQueue: string, concurrency: number, count: number): Promise<EngineRun>;
  stop(): void;
}

/** Opens the port to which the variant's worker says what has run. */
export async function openSender(script: Script): Promise<Sender> {
  const last = script.steps.findLastIndex(({ kind }) => kind === 'local activity' || kind === 'activity');
  const heard = new Map<string, (step: number) => void>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    createInterface({ input: socket }).on('line', (line) => {
      const [depositId = '', step = ''] = line.split(' ');
      heard.get(depositId)?.(Number(step));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the sender got no port');

  const play = async (client: Client, taskQueue: string, depositId: string, userId: string) => {
    const tell = ({ message, earlier }: ScriptedSignal) =>
      // Each webhook is a request of its own, with a context of its own.
      withRequestContext({ requestId: randomUUID(), traceparent: trace() }, () =>
        signalDeposit(client, taskQueue, {
          workflow_id: workflowId('deposit', depositId),
          user_id: script.userId && userId,
          message,
          earlier,
        }),
      );
    const at = (step: number) => script.signals.filter(({ after }) => after === step);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('a lifecycle did not end in time')), PATIENCE_MS);
      const send = async (step: number) => {
        // One after the other: the first one starts the workflow.
        for (const signal of at(step)) await tell(signal);
      };
      heard.set(depositId, (step) => {
        send(step).catch(reject);
        if (step !== last) return;
        clearTimeout(timer);
        resolve();
      });
      send(-1).catch(reject);
    });
    heard.delete(depositId);
  };

  return {
    port: address.port,
    run: async (client, taskQueue, concurrency, count) => {
      const latencies: number[] = [];
      const ids: string[] = [];
      const began = performance.now();
      const slot = async () => {
        const userId = randomUUID();
        while (ids.length < count) {
          const id = randomUUID();
          ids.push(id);
          const sentAt = performance.now();
          await play(client, taskQueue, id, userId);
          latencies.push(performance.now() - sentAt);
        }
      };
      await Promise.all(Array.from({ length: concurrency }, slot));
      const seconds = (performance.now() - began) / 1000;
      return { perSecond: count / seconds, latency: latencyOf(latencies), ids };
    },
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

const trace = () => `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
