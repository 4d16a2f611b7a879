/** What activities work with: each is made once per worker and handed to the factories. */
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Database } from '../db/client.ts';
import type { AlpacaClient } from './providers/alpaca/client.ts';
import type { CircleClient } from './providers/circle/client.ts';
import type { MintClient } from './providers/mint/client.ts';

export interface ActivityPorts {
  readonly database: Database;
  readonly circle: CircleClient;
  readonly mint: MintClient;
  readonly alpaca: AlpacaClient;
  readonly config: Config;
  readonly temporal: Client;
  readonly log: Logger;
  /** Fires when this process is told to stop; only activities that run for long need to look at it. */
  readonly stopping: AbortSignal;
}
