/** The Temporal server of this Jest run, shared by all test files; each file works on task queues of its own. */
import { randomBytes } from 'node:crypto';
import { service } from './service.ts';

export interface TestTemporal {
  /** host:port of the frontend, for Connection.connect and NativeConnection.connect. */
  readonly address: string;
  readonly namespace: string;
  /** Nobody else polls this task queue. */
  readonly taskQueue: string;
}

/** Address, namespace and a fresh task queue; the server is started by the first call of the run. */
export async function testTemporal(): Promise<TestTemporal> {
  const { address } = await service<{ address: string }>('temporal');
  return { address, namespace: 'default', taskQueue: uniqueName('test') };
}

/** A name that no other test uses: for task queues and workflow ids on the shared server. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`;
}
