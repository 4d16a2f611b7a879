/** The namespace of a server that comes without one, with the product's search attributes. */
import { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { SEARCH } from '../../workflows/contract.ts';

const NAMESPACE = 'default';
const RETENTION_SECONDS = 86_400;
const TYPES = proto.temporal.api.enums.v1.IndexedValueType;

async function connected<T>(
  address: string,
  use: (connection: Connection) => Promise<T>,
): Promise<T | false> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: '1s' });
    return await use(connection);
  } catch {
    return false;
  } finally {
    await connection?.close();
  }
}

/** Whether the namespace is there. */
export async function answers(address: string): Promise<boolean> {
  const found = await connected(address, async ({ workflowService }) => {
    await workflowService.describeNamespace({ namespace: NAMESPACE });
    return true;
  });
  return found === true;
}

/** Whether the frontend takes calls, namespace or none. */
export async function isServing(address: string): Promise<boolean> {
  const found = await connected(address, async ({ workflowService }) => {
    await workflowService.getClusterInfo({});
    return true;
  });
  return found === true;
}

/** Registers it and its search attributes; both are kept in the server's database. */
export async function createNamespace(address: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await connection.workflowService.registerNamespace({
      namespace: NAMESPACE,
      workflowExecutionRetentionPeriod: { seconds: RETENTION_SECONDS as never },
    });
    const searchAttributes = Object.fromEntries(
      Object.values(SEARCH).map(({ name, type }) => [
        name,
        TYPES[`INDEXED_VALUE_TYPE_${type}` as keyof typeof TYPES],
      ]),
    );
    await untilKnown(() =>
      connection.operatorService.addSearchAttributes({ namespace: NAMESPACE, searchAttributes }),
    );
  } finally {
    await connection.close();
  }
}

const TRIES = 60;
const PAUSE_MS = 500;

/** The server reads its namespaces anew every two seconds: until then a new one is not known everywhere. */
async function untilKnown(call: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await call();
      return;
    } catch (error) {
      if (attempt === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
