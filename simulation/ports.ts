/** What the activities of a world are made of: the database and the companies in memory. */
import type { ActivityPorts } from '../activities/ports.ts';
import { FIRM } from './companies/alpaca.ts';
import type { Clients } from './companies/companies.ts';
import { type DatabaseParts, databaseOver } from './database/database.ts';

export type Ports = ActivityPorts;

/** Of the clients only what the activities call is there; what else is called fails loudly. */
export function portsOf(clients: Clients, database: DatabaseParts): Ports {
  const config = { circle: { network: 'testnet' }, alpaca: { firmAccountId: FIRM } };
  return { database: databaseOver(database), config, ...clients } as unknown as Ports;
}
