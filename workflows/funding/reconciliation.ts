/** Compares the providers' lists with the ledger, twice, so that a movement is not taken for a difference. */
import { sleep, workflowInfo } from '@temporalio/workflow';
import type { ReconciliationActivities } from '../../activities/funding/reconciliation.ts';
import type { ReconciliationBalanceActivities } from '../../activities/funding/reconciliation-balances.ts';
import type { ReconciliationStatementActivities } from '../../activities/funding/reconciliation-statements.ts';
import type { ReconciliationPolicy } from '../../domain/funding/reconciliation.ts';
import { showCard } from '../runtime/card.ts';
import { attempt } from '../runtime/outcome.ts';
import { databaseSteps, longWork } from '../runtime/proxies.ts';
import type { ReconciliationInput, ReconciliationResult } from './reconciliation-messages.ts';

/** A run that finds another one at work asks again after this long, so many times. */
const ASK_AGAIN_SECONDS = 20;
const ASKS = 30;

const { beginReconciliation, endReconciliation } = databaseSteps<
  Pick<ReconciliationActivities, 'beginReconciliation' | 'endReconciliation'>
>({
  beginReconciliation: 'Begin the run',
  endReconciliation: 'End the run, with its figures',
});

type Lists = ReconciliationStatementActivities & ReconciliationBalanceActivities;

/** What takes long, with its own limits. */
function longSteps(policy: ReconciliationPolicy) {
  return longWork<Lists & Pick<ReconciliationActivities, 'compareStatements'>>(policy.giveUpAfterSeconds, {
    readCircleEntries: 'Circle: list the transactions of our wallets',
    readMintEntries: 'Mint: list transfers, payouts and wires that came in',
    readAlpacaEntries: 'Alpaca: list journals and wires',
    readBalances: 'All three: what stands at each of our places',
    compareStatements: 'Compare the lists with the ledger',
  });
}

/** One run. The schedule starts it every quarter of an hour, and staff whenever they want to know. */
export async function reconciliation(given?: ReconciliationInput): Promise<ReconciliationResult> {
  const input = given ?? { run_id: workflowInfo().runId, cause: 'schedule' };
  const begun = await begin(input);
  if (!begun) return { status: 'skipped' };
  const { policy, since } = begun;
  const { run_id } = input;
  const steps = longSteps(policy);
  const look = async (confirm: boolean) => {
    const read = (moving: boolean) =>
      Promise.all([
        steps.readCircleEntries({ run_id, since, moving }),
        steps.readMintEntries({ run_id, since, moving }),
        steps.readAlpacaEntries({ run_id, since, moving }),
      ]);
    await read(false);
    await steps.readBalances({ run_id, since, quiet_accounts: policy.quietAccountsPerRun });
    await read(true);
    return steps.compareStatements({ run_id, confirm, policy });
  };
  const twice = async () => {
    const first = await look(false);
    if (first.suspected === 0) return first;
    // What was on its way has arrived when it is looked at again; what is there still is a difference.
    await sleep(policy.confirmAfterSeconds * 1000, { summary: 'Before a suspicion is looked at again' });
    return look(true);
  };
  showCard('Reading what Circle, Mint and Alpaca list, and comparing it with the ledger.');
  const outcome = await attempt(twice());
  if ('trouble' in outcome) {
    await endReconciliation({ run_id, error: outcome.trouble.reason });
    showCard(
      `**Not compared:** ${outcome.trouble.reason}\n\nThe next run tries again; nothing is reported meanwhile.`,
    );
    return { status: 'failed', reason: outcome.trouble.reason };
  }
  await endReconciliation({ run_id, error: null });
  const { opened, closed, open } = outcome.answer;
  const figures = `**${open} breaks are open**, ${opened} of them new; ${closed} have closed.`;
  showCard(
    open === 0
      ? 'The lists and balances of all companies agree with the ledger.'
      : `${figures} See \`GET /v1/admin/reconciliation/breaks\`.`,
  );
  return { status: 'done', opened, closed, open };
}

async function begin(input: ReconciliationInput) {
  for (let ask = 1; ask <= ASKS; ask += 1) {
    const begun = await beginReconciliation(input);
    // The next scheduled run comes anyway; a person who asked is waited for.
    if (begun || input.cause === 'schedule') return begun;
    showCard('Another run is at work; this one follows.');
    await sleep(ASK_AGAIN_SECONDS * 1000, { summary: 'Another run is at work' });
  }
  return null;
}
