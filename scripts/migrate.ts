/** Brings the database that DATABASE_URL names to the current schema: the migrate job of a deployment. */
import { migrate } from '../db/migrate.ts';

const url = process.env.DATABASE_URL;
if (url === undefined || url === '') {
  process.stderr.write('DATABASE_URL is missing; expected postgres://user:password@host:port/database\n');
  process.exit(1);
}
await migrate(url);
process.stdout.write('The database has the current schema.\n');
