/** After a Jest run: ends the services and waits until they are gone. */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import path from 'node:path';

export default async function teardown(): Promise<void> {
  const services = globalThis.sluiceTestServices;
  if (services === undefined || services.exitCode !== null) return;
  const gone = once(services, 'exit');
  services.ref();
  services.stdin?.end();
  await gone;
  const socket = process.env.SLUICE_TEST_SERVICES;
  if (socket !== undefined) rmSync(path.dirname(socket), { recursive: true, force: true });
}
