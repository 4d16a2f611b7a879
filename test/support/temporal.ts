/** The Temporal server of this Jest run, shared by all test files; each works in a namespace of its own. */
import { randomBytes } from 'node:crypto';
import { service } from './service.ts';

export interface TestTemporal {
  /** host:port of the frontend, for Connection.connect and NativeConnection.connect. */
  readonly address: string;
  /** Nobody else works in it: system workflows and schedules have the same ids in every stack. */
  readonly namespace: string;
  /** Nobody else polls this task queue. */
  readonly taskQueue: string;
}

/** Address, and a fresh namespace and task queue; the server is started by the first call of the run. */
export async function testTemporal(): Promise<TestTemporal> {
  const { address, namespace } = await service<{ address: string; namespace: string }>('temporal');
  return { address, namespace, taskQueue: uniqueName('test') };
}

/** A name that no other test uses: for task queues and workflow ids on the shared server. */
function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`;
}
