/** The one address of all copies of the API, as a load balancer gives it: connections go to one that lives. */
import net from 'node:net';

export interface Front {
  readonly port: number;
  stop(): Promise<void>;
}

/** Listens on a free port and hands each connection to the next of `ports` that takes it. */
export async function startFront(ports: readonly number[]): Promise<Front> {
  let turn = 0;
  const open = new Set<net.Socket>();
  const server = net.createServer({ pauseOnConnect: true }, (client) => {
    open.add(client);
    client.on('close', () => open.delete(client));
    client.on('error', () => undefined);
    turn += 1;
    connect(
      client,
      [...ports.keys()].map((index) => ports[(turn + index) % ports.length] ?? 0),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    stop: () => {
      for (const client of open) client.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Tries one copy after the other; nobody there means a closed connection, as with a real balancer. */
function connect(client: net.Socket, [port, ...rest]: readonly number[]): void {
  if (port === undefined) {
    client.destroy();
    return;
  }
  const upstream = net.connect(port, '127.0.0.1');
  let connected = false;
  upstream.once('connect', () => {
    connected = true;
    client.pipe(upstream).pipe(client);
    client.resume();
  });
  upstream.on('error', () => {
    if (connected) client.destroy();
    else connect(client, rest);
  });
  client.once('close', () => upstream.destroy());
  upstream.once('close', () => {
    if (connected) client.destroy();
  });
}
