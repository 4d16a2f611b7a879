/** A port is free when it is asked for, and still is when its server starts, or comes back after a kill. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../scripts/stack/ports.ts';

const PORTS = path.join(import.meta.dirname, '..', '..', 'scripts', 'stack', 'ports.ts');
/** A process that asks for so many at once and keeps them until its standard input closes. */
const asker = (count: number) =>
  `const { freePort } = await import(${JSON.stringify(`file://${PORTS}`)});
   console.log(JSON.stringify(await Promise.all(Array.from({ length: ${count} }, freePort))));
   setTimeout(() => undefined, 500);`;

async function asked(count: number): Promise<number[]> {
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', asker(count)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as number[];
}

test('no two processes get the same one, however many ask at once', async () => {
  // So many that a third of them would meet another one if nobody claimed what it was given.
  const lists = await Promise.all([asked(900), asked(900), asked(900)]);
  const ports = lists.flat();
  expect(ports).toHaveLength(2_700);
  expect(new Set(ports).size).toBe(ports.length);
}, 60_000);

test('the system gives it neither to an outgoing connection nor to a server that takes any port', async () => {
  const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
    .trim()
    .split(/\s+/)
    .map(Number);
  const [first = 0, last = 0] = range;
  const ports = await Promise.all(Array.from({ length: 50 }, freePort));
  expect(ports.filter((port) => port >= first && port <= last)).toEqual([]);
});

test('a server can listen on it', async () => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  await new Promise((resolve) => server.close(resolve));
});
