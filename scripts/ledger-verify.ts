/**
 * `npm run ledger:verify -- FILE [ledger=POSITION:DIGEST] [audit=POSITION:DIGEST]`: proves an export, without a
 * database. The digests are heads that somebody kept: they must lie on the same chain.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { ExportCheck } from '../domain/funding/ledger-export.ts';
import { formatUnits } from '../domain/money.ts';

const [file, ...heads] = process.argv.slice(2);
const known = new Map<string, string>();
for (const head of heads) {
  const [, chain, position, digest] = /^(ledger|audit)=(\d+):([0-9a-f]{64})$/.exec(head) ?? [];
  if (digest !== undefined) known.set(`${chain}:${position}`, digest);
}
if (file === undefined || known.size !== heads.length) {
  process.stderr.write('npm run ledger:verify -- FILE [ledger=POSITION:DIGEST] [audit=POSITION:DIGEST]\n');
  process.exit(2);
}

const check = new ExportCheck((bytes) => createHash('sha256').update(bytes).digest('hex'), known);
for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
  check.read(line);
}
const { findings, heads: ends, kinds } = check.finish();
for (const { line, place, problem } of findings) {
  process.stdout.write(`line ${line}: ${place}: ${problem}\n`);
}
if (findings.length > 0) {
  process.stdout.write(`NOT proven: ${findings.length} findings.\n`);
  process.exit(1);
}
for (const [kind, units] of [...kinds].sort(([a], [b]) => a.localeCompare(b))) {
  process.stdout.write(`${kind.padEnd(30)} ${formatUnits(units).padStart(24)}\n`);
}
process.stdout.write(
  `Proven. ledger=${ends.ledger.position}:${ends.ledger.digest} audit=${ends.audit.position}:${ends.audit.digest}\n`,
);
