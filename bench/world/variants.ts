/** The ways to run the same deposit that the benchmark sets beside each other. */

export type VariantName = 'sluice' | 'plain' | 'plain-tuned' | 'dbos';

export interface Variant {
  readonly name: VariantName;
  readonly means: string;
  /** Which Temporal server it runs on: with Sluice's flags and a state file, as it comes (in memory), or none. */
  readonly engine: 'tuned' | 'default' | 'none';
  /** Programs of the repository, by name. The first one is the worker: its memory is watched. */
  readonly programs: Readonly<Record<string, string>>;
}

export const VARIANTS: Readonly<Record<VariantName, Variant>> = {
  sluice: {
    name: 'sluice',
    means: 'Sluice as it is: database steps as local activities, dev server with its flags and a state file',
    engine: 'tuned',
    programs: { worker: 'worker.ts', api: 'api/server.ts' },
  },
  plain: {
    name: 'plain',
    means: 'each status, ledger and notice step a regular activity, dev server as it comes, in memory',
    engine: 'default',
    programs: { worker: 'bench/plain/worker.ts', api: 'api/server.ts' },
  },
  'plain-tuned': {
    name: 'plain-tuned',
    means: "the plain version on Sluice's server: flags and state file",
    engine: 'tuned',
    programs: { worker: 'bench/plain/worker.ts', api: 'api/server.ts' },
  },
  dbos: {
    name: 'dbos',
    means:
      'DBOS Transact: database steps grouped as in Sluice, one process takes webhooks and runs workflows',
    engine: 'none',
    programs: { worker: 'bench/dbos/app.ts' },
  },
};
