/** The Temporal server as it runs in production, and its schema tool: built by Go, once. */
import {
  buildWithGo,
  isProgram,
  keptProgram,
  onPath,
  type Progress,
} from '../../scripts/stack/go-program.ts';

const VERSION = 'v1.32.2';
const SERVER = `temporal-server-${VERSION}`;
const SQL_TOOL = `temporal-sql-tool-${VERSION}`;

export interface ServerPrograms {
  readonly server: string;
  readonly sqlTool: string;
}

/** Why there is no such server on this machine: the sentence that the report shows. */
export const NO_GO =
  'Temporal on Postgres was left out: its server is built by Go, and there is no `go` on this machine.';

/** The programs, built where they are missing; undefined where there is no Go to build them. */
export async function serverPrograms(progress: Progress): Promise<ServerPrograms | undefined> {
  const programs = { server: keptProgram(SERVER), sqlTool: keptProgram(SQL_TOOL) };
  if (isProgram(programs.server) && isProgram(programs.sqlTool)) return programs;
  if (onPath('go') === undefined) return undefined;
  await buildWithGo(
    {
      title: 'the Temporal server for Postgres',
      version: VERSION,
      packages: {
        [SERVER]: 'go.temporal.io/server/cmd/server',
        [SQL_TOOL]: 'go.temporal.io/server/cmd/tools/sql',
      },
      // What the module asks for; Go fetches it by itself where the machine has another one.
      toolchain: 'go1.26.10+auto',
    },
    progress,
  );
  return programs;
}
