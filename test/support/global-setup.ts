/**
 * Before a Jest run: one process that can start Postgres and Temporal, which it does only when a test asks.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findTemporal } from '../../scripts/stack/temporal-binary.ts';

declare global {
  var sluiceTestServices: ChildProcess | undefined;
}

export default async function setup(): Promise<void> {
  // On a new machine this may take minutes, which no test should spend its time limit on.
  await findTemporal((line) => process.stderr.write(`${line}\n`));
  const socket = path.join(mkdtempSync(path.join(tmpdir(), 'sluice-jest-')), 'services.sock');
  const services = spawn(process.execPath, [path.join(import.meta.dirname, 'services.ts'), socket], {
    // The open pipe is the sign of life: when it closes, the services end.
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  });
  services.unref();
  process.env.SLUICE_TEST_SERVICES = socket;
  // Programs that the tests start again and again find their modules compiled.
  process.env.NODE_COMPILE_CACHE = path.join(path.dirname(socket), 'compiled');
  globalThis.sluiceTestServices = services;
}
