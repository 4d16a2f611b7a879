/** Seals the ledger and the audit log: see docs/ledger-proofs.md. The histories keep a second copy of the heads. */
import type { LedgerSealActivities } from '../../activities/funding/ledger-seal.ts';
import { showCard } from '../runtime/card.ts';
import { providerCalls } from '../runtime/proxies.ts';

const GIVE_UP_AFTER_SECONDS = 50;

/** One round; a schedule starts it every minute. */
export async function ledgerSeal(): Promise<{ ledger: string; audit: string; checkpoints: number }> {
  const { sealChains, writeLedgerCheckpoints } = providerCalls<LedgerSealActivities>(GIVE_UP_AFTER_SECONDS, {
    sealChains: 'Chain what was written since the last round',
    writeLedgerCheckpoints: 'Keep balances to count the past from',
  });
  const { ledger, audit } = await sealChains();
  const checkpoints = await writeLedgerCheckpoints();
  showCard(
    [
      '| Chain | Position | Head |',
      '| --- | --- | --- |',
      `| Ledger | ${ledger.position} | \`${ledger.head}\` |`,
      `| Audit log | ${audit.position} | \`${audit.head}\` |`,
    ].join('\n'),
  );
  const head = (chain: { readonly position: string; readonly head: string }) =>
    `${chain.position}:${chain.head}`;
  return { ledger: head(ledger), audit: head(audit), checkpoints };
}
