/** Finds ports on the loopback interface that nobody listens on, and that stay free until somebody does. */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';

const LOOPBACK = '127.0.0.1';
const LOWEST = 10_000;
/** Where the ports begin that the system hands out by itself, where it does not say (IANA, RFC 6335). */
const FIRST_DYNAMIC = 49_152;
const TRIES = 100;

/**
 * A port of 127.0.0.1 for a server that starts later, maybe more than once: the system gives it to no outgoing
 * connection, and no other call returns it, in this process or another, while this process lives.
 */
export async function freePort(): Promise<number> {
  const beyond = firstDynamicPort();
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const port = LOWEST + Math.floor(Math.random() * (beyond - LOWEST));
    // Claimed first: to try a port of somebody's could come between that one's server and its port.
    if ((await claim(port)) && (await isPortFree(port))) return port;
  }
  throw new Error(`No free port on ${LOOPBACK}.`);
}

/**
 * Whether somebody listens on this port of 127.0.0.1; asks by connecting, so it never takes the port
 * itself.
 */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: LOOPBACK });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** The wished port if it is free, else another one; ports in `taken` count as not free. */
export async function portOr(wished: number, taken: ReadonlySet<number> = new Set()): Promise<number> {
  if (!taken.has(wished) && (await isPortFree(wished))) return wished;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const port = await freePort();
    if (!taken.has(port)) return port;
  }
  throw new Error(`No free port on ${LOOPBACK}.`);
}

/** Whether a process could listen on this port of 127.0.0.1 right now. */
function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.unref();
    server.once('error', () => resolve(false));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * Binds the UDP port of the same number, which nobody needs: the system's own lock, that ends with this process
 * however it ends. False when another process has it.
 */
function claim(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind({ port, address: LOOPBACK, exclusive: true }, () => {
      socket.unref();
      resolve(true);
    });
  });
}

/** Below it the system takes no port for an outgoing connection, nor for a server that asks for any port. */
function firstDynamicPort(): number {
  try {
    const [first] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/);
    const port = Number(first);
    return port > LOWEST + 1_000 ? port : FIRST_DYNAMIC;
  } catch {
    return FIRST_DYNAMIC;
  }
}
