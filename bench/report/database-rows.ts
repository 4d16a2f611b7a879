/** Rows of the report about the ledger, webhooks, recovery and growth. */
import type { Results } from './results.ts';
import type { Row } from './table.ts';

/** "what: figure" rows of the parts that ran. */
export function databaseRows({ ledger }: Results): Row[] {
  const rows: Row[] = [];
  if (ledger) {
    const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
    const bare = ledger.tool === 'pgbench' ? 'pgbench' : 'a loop on pg (no pgbench here)';
    for (const one of ledger.pairs)
      rows.push([
        `ledger, ${one.means}, ${ledger.clients} clients`,
        `${one.ours.toFixed(0)} postings/s; bare inserts by ${bare} ${one.bare.toFixed(0)}/s (ours: ` +
          `${percent(one.share)}), in one statement ${one.bareOneStatement.toFixed(0)}/s ` +
          `(ours: ${percent(one.shareOneStatement)})`,
      ]);
  }
  return rows;
}
