/** Bank wires between the companies of the sandbox: what one sends arrives at the other by itself. */
import { randomUUID } from 'node:crypto';
import type { Scheduler } from './scheduler.ts';
import type { Settings } from './settings.ts';

/** A wire in dollars; `units` are millionths. */
export type Wire = {
  id: string;
  /** Number of the receiving bank account. */
  account: string;
  units: bigint;
  /** The text that travels with it, where a tracking reference or an FFC instruction stands. */
  information: string;
};

export type Wires = {
  /** Take the wires to this account number; `handler` runs in the transaction of their arrival. */
  receive(account: string, handler: (wire: Wire) => void): void;
  /** Send a wire. To an account that nobody here holds it leaves the sandbox's world. */
  send(wire: Omit<Wire, 'id'>): void;
};

type Payload = { id: string; account: string; units: string; information: string };

/** Creates the banks between the companies; the delay `bank.wire` is how long a wire takes. */
export function createWires(scheduler: Scheduler, settings: Settings): Wires {
  settings.defineDelay('bank.wire', 2_000);
  const handlers = new Map<string, (wire: Wire) => void>();
  scheduler.on<Payload>('bank.arrive', (wire) => {
    handlers.get(wire.account)?.({ ...wire, units: BigInt(wire.units) });
  });
  return {
    receive: (account, handler) => void handlers.set(account, handler),
    send: ({ account, units, information }) => {
      const payload: Payload = { id: randomUUID(), account, units: units.toString(), information };
      scheduler.after('bank.wire', 'bank.arrive', payload);
    },
  };
}
