/** `npm run ledger:export -- FILE`: writes everything that is sealed, for `npm run ledger:verify` anywhere else. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { openDatabase } from '../db/client.ts';
import { exportLedger, sealChain } from '../db/funding/ledger-chain-queries.ts';

/** JSON on one line for every reader: some take these two characters for the end of a line. */
const oneLine = (line: object) =>
  JSON.stringify(line).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');

const [file] = process.argv.slice(2);
const url = process.env.DATABASE_URL;
if (file === undefined || url === undefined || url === '') {
  process.stderr.write('DATABASE_URL=postgres://… npm run ledger:export -- FILE\n');
  process.exit(2);
}

const database = openDatabase({ url, maxConnections: 1, applicationName: 'sluice-ledger-export' });
try {
  for (const chain of ['ledger', 'audit'] as const) {
    while (!(await sealChain(database, chain, 5_000)).complete);
  }
  const out = createWriteStream(file, { flags: 'wx', mode: 0o600 });
  for await (const line of exportLedger(database)) {
    if (!out.write(`${oneLine(line)}\n`)) await once(out, 'drain');
    if (line.kind === 'end') {
      process.stdout.write(
        `ledger=${line.ledger.position}:${line.ledger.digest} audit=${line.audit.position}:${line.audit.digest}\n`,
      );
    }
  }
  out.end();
  await once(out, 'finish');
} finally {
  await database.close();
}
