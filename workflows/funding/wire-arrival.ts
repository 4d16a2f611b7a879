/** Second part of a wire: it leaves, arrives, or comes back. */
import { troubleOf } from '../runtime/outcome.ts';
import { database, lookUps } from './wire-activities.ts';
import type { WireMessage, WireNews } from './wire-messages.ts';
import type { WireRun } from './wire-run.ts';

const isAny = (message: WireMessage): message is WireMessage => message !== undefined;
const isNews = (message: WireMessage): message is WireNews => message.source === 'wire.look_up';

/** Waits until the wire has moved on. What companies say by themselves is a hint: the look-up decides. */
export async function awaitArrival(run: WireRun): Promise<void> {
  const { expected_at } = run.facts;
  const untilExpected = expected_at ? run.secondsUntil(expected_at) : 0;
  const message = await run.inbox.wait(isAny, {
    summary: 'Ask where the wire is in case nobody tells',
    lookUpAfterSeconds: run.policy.lookUpAfterSeconds,
    lookUp: () => lookUp(run),
    overdueAfterSeconds: Math.max(untilExpected, 0) + run.policy.overdueAfterSeconds,
    overdue: () =>
      run.reportOverdue('wire_overdue', `It was expected ${expected_at ?? 'by now'} and has not arrived.`),
  });
  const news = isNews(message) ? message : await lookUp(run);
  await run.inbox.flush();
  if (news) await said(run, news);
}

async function said(run: WireRun, news: WireNews): Promise<void> {
  const { tracking_ref, detail } = news;
  switch (news.state) {
    case 'sent':
      if (run.facts.status === 'initiated') {
        run.movedTo(await database.recordWireSent({ ...run.step(), tracking_ref }));
      }
      return;
    case 'arrived':
      run.movedTo(
        await database.recordWireCompleted({
          ...run.moneyStep(),
          tracking_ref,
          arrival_ref: news.arrival_ref ?? '',
          arrived_usd: news.arrived_usd ?? run.facts.amount_usd,
        }),
      );
      return;
    case 'failed':
      run.movedTo(
        await database.recordWireFailed({ ...run.moneyStep(), reason: detail ?? 'no reason given' }),
      );
      return;
    case 'returned':
      return takeBack(run, detail);
    case 'unknown':
      await run.reportOverdue(
        'wire_unknown_word',
        `The company's word for the wire is not known: ${detail}.`,
      );
  }
}

async function takeBack(run: WireRun, detail: string | null): Promise<void> {
  const isLate = run.facts.status === 'complete';
  const reason = detail ?? 'no reason given';
  const review = isLate
    ? run.review('wire_returned_late', `The wire was returned after it had arrived: ${reason}.`)
    : run.review('wire_returned', `The bank sent the wire back: ${reason}.`);
  run.movedTo(await database.recordWireReturned({ ...run.moneyStep(), reason, review }));
}

/** For some days a finished wire can still come back. False when nothing is left to do. */
export async function watchForReturn(run: WireRun): Promise<boolean> {
  const { returnWindowSeconds, returnLookUpSeconds } = run.policy;
  const leftSeconds = run.secondsUntil(run.facts.since) + returnWindowSeconds;
  if (leftSeconds <= 0 && run.inbox.isEmpty()) return false;
  await run.pause(Math.min(leftSeconds, returnLookUpSeconds), 'Ask whether the wire came back');
  const news = await lookUp(run);
  if (news?.state === 'returned') await takeBack(run, news.detail);
  else await run.look();
  return run.facts.status === 'complete';
}

async function lookUp(run: WireRun): Promise<WireNews | null> {
  try {
    return await lookUps.trackWire({ wire_id: run.id, facts: run.facts });
  } catch (error) {
    const { kind, reason } = troubleOf(error);
    // Companies that are away come back; a look-up that cannot work needs a person, who is asked once.
    if (kind === 'defect' && run.facts.status !== 'complete' && !run.isAsked) {
      await run.reportOverdue('wire_defect', `The wire cannot be looked up: ${reason}`);
    }
    return null;
  }
}
