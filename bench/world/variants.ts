/** The ways to run the same deposit that the benchmark sets beside each other. */

export type VariantName = 'sluice' | 'sluice-postgres' | 'plain' | 'plain-tuned' | 'dbos';

export interface Variant {
  readonly name: VariantName;
  readonly means: string;
  /**
   * Which Temporal server it runs on: the dev server with Sluice's flags and a state file, or as it comes (in
   * memory); the server of production with its state in Postgres; or none.
   */
  readonly engine: 'tuned' | 'default' | 'postgres' | 'none';
  /** Whether it has withdrawals: the other ways are written for the deposit alone. */
  readonly withdraws?: true;
  /** Programs of the repository, by name. The first one is the worker: its memory is watched. */
  readonly programs: Readonly<Record<string, string>>;
  /** Environment of its programs beside what all have. */
  readonly env?: Readonly<Record<string, string>>;
}

/** As tutorials write it: each event is a signal, at once. */
const UNGATHERED = { API_GATHER_EVENTS_MS: '0' } as const;

export const VARIANTS: Readonly<Record<VariantName, Variant>> = {
  sluice: {
    name: 'sluice',
    means: 'Sluice as it is: database steps as local activities, dev server with its flags and a state file',
    engine: 'tuned',
    withdraws: true,
    programs: { worker: 'worker.ts', api: 'api/server.ts' },
  },
  'sluice-postgres': {
    name: 'sluice-postgres',
    means: 'Sluice on a Temporal server as in production, with its state on the same Postgres server',
    engine: 'postgres',
    withdraws: true,
    programs: { worker: 'worker.ts', api: 'api/server.ts' },
  },
  plain: {
    name: 'plain',
    means: 'each status, ledger and notice step a regular activity, dev server as it comes, in memory',
    engine: 'default',
    programs: { worker: 'bench/plain/worker.ts', api: 'api/server.ts' },
    env: UNGATHERED,
  },
  'plain-tuned': {
    name: 'plain-tuned',
    means: "the plain version on Sluice's server: flags and state file",
    engine: 'tuned',
    programs: { worker: 'bench/plain/worker.ts', api: 'api/server.ts' },
    env: UNGATHERED,
  },
  dbos: {
    name: 'dbos',
    means:
      'DBOS Transact: database steps grouped as in Sluice, one process takes webhooks and runs workflows',
    engine: 'none',
    programs: { worker: 'bench/dbos/app.ts' },
  },
};
