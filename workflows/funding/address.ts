/** An entry of the address book: a new address rests, is checked and screened, and then money can go there. */
import { allHandlersFinished, condition, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import { addressLifecycle } from '../../domain/funding/address.ts';
import type { AddressFacts } from '../../domain/funding/address-facts.ts';
import type { ReviewDecision } from '../../domain/platform/review.ts';
import { SEARCH } from '../contract.ts';
import { showCard } from '../runtime/card.ts';
import { attempt } from '../runtime/outcome.ts';
import { goesAlongWithNewVersions } from '../runtime/versions.ts';
import { database, questions } from './address-activities.ts';
import {
  type AddAddress,
  type AddAnswer,
  type AddressInput,
  type AddressResult,
  addAddress,
  addressChanged,
  decideAddressReview,
} from './address-messages.ts';

/**
 * Runs while the address rests. An address that is usable, blocked or removed needs no workflow; a decision about a
 * blocked one begins another run under the same address.
 */
export async function address(input: AddressInput): Promise<AddressResult> {
  const run = new AddressRun(input.address_id);
  setHandler(addAddress, (request) => run.add(request), {
    description: 'Takes a new address of the customer, or says why not.',
  });
  setHandler(addressChanged, () => run.look(), {
    description: 'The customer removed the address, or a list has it now: look at the row.',
  });
  setHandler(decideAddressReview, (decision) => run.decide(decision), {
    description: 'What a person decided about a blocked address: retry screens it again, close leaves it.',
  });
  await condition(() => run.facts !== undefined || run.isOver || run.hasNews);
  if (run.facts === undefined && run.hasNews) run.moveTo(await database.readAddress(run.step));
  while (run.facts?.status === 'cooling_down' && !run.isOver) await advance(run, run.facts);
  await condition(allHandlersFinished);
  return { status: run.facts?.status ?? 'refused' };
}

// A new address rests for a day, or as long as the settings say.
goesAlongWithNewVersions(address);

/** Does the next thing about an address that rests. */
async function advance(run: AddressRun, facts: AddressFacts): Promise<void> {
  if (run.hasNews) {
    run.hasNews = false;
    run.moveTo(await database.readAddress(run.step));
  } else if (!facts.checked) {
    await check(run, facts);
  } else if (facts.seconds_left > 0) {
    const summary = `Until the address is usable: ${facts.usable_at}`;
    const isInterrupted = await condition(() => run.hasNews, Math.ceil(facts.seconds_left * 1000), {
      summary,
    });
    if (!isInterrupted) run.moveTo(await database.recordAddressCooledDown(run.step));
  } else {
    run.moveTo(await database.recordAddressCooledDown(run.step));
  }
}

/** Asks Circle until it answers; after a long silence a person is told, and the asking goes on. */
async function check(run: AddressRun, { chain, address, policy }: AddressFacts): Promise<void> {
  const { checkAddressAtCircle } = questions(policy.giveUpAfterSeconds);
  const result = await attempt(checkAddressAtCircle({ chain, address }));
  if ('answer' in result || result.trouble.kind === 'refused') {
    const valid = 'answer' in result && result.answer.valid;
    run.moveTo(await database.recordAddressChecked({ ...run.step, valid }));
    return;
  }
  const pause = policy.retryAfterSeconds[Math.min(run.pauses, policy.retryAfterSeconds.length - 1)] ?? 60;
  run.pauses += 1;
  run.waitedSeconds += pause + policy.giveUpAfterSeconds;
  if (!run.isTold && run.waitedSeconds >= policy.reviewAfterSeconds) {
    run.isTold = true;
    const detail = `Circle does not say whether it takes this address: ${result.trouble.reason}`;
    const due_seconds = policy.reviewDueSeconds;
    run.moveTo(await database.reportAddressUnchecked({ ...run.step, detail, due_seconds }));
  }
  await condition(() => run.hasNews, pause * 1000, { summary: 'Before Circle is asked again' });
}

/** What one run of an address carries. */
class AddressRun {
  readonly step: { readonly address_id: string };
  facts: AddressFacts | undefined;
  /** The row may have changed. */
  hasNews = false;
  /** The address was not taken, or could not be: nothing is left to do. */
  isOver = false;
  /** A person knows that Circle is silent. */
  isTold = false;
  pauses = 0;
  waitedSeconds = 0;

  constructor(id: string) {
    this.step = { address_id: id };
  }

  look(): void {
    this.hasNews = true;
  }

  moveTo(facts: AddressFacts): void {
    const before = this.facts?.status;
    // The rules stay those that the run began with.
    this.facts = { ...facts, policy: this.facts?.policy ?? facts.policy };
    showCard(card(this.step.address_id, facts));
    if (before !== facts.status) upsertSearchAttributes([{ key: SEARCH.state, value: facts.status }]);
  }

  async add(request: AddAddress): Promise<AddAnswer> {
    try {
      const answer = await database.recordAddressAdded({ ...this.step, ...request });
      if ('refused' in answer) this.isOver = true;
      else this.moveTo(answer);
      return answer;
    } catch (error) {
      // A request that cannot be recorded must not leave a run that waits for nothing.
      this.isOver = true;
      throw error;
    }
  }

  async decide(decision: ReviewDecision): Promise<{ accepted: boolean }> {
    try {
      const { accepted, facts } = await database.recordAddressDecision({ ...this.step, decision });
      this.moveTo(facts);
      return { accepted };
    } catch (error) {
      this.hasNews = true;
      throw error;
    }
  }
}

/** The status card: what happens with the address, until when, and who must act. */
function card(id: string, facts: AddressFacts): string {
  const { status, chain, usable_at, checked, question, blocked_reason } = facts;
  const actor = question === null ? 'Nobody: this runs by itself.' : '**Support**: decide the open review.';
  return [
    `### ${status.replaceAll('_', ' ')}`,
    addressLifecycle.states[status].support,
    '',
    '| | |',
    '| --- | --- |',
    `| Chain | ${chain} |`,
    `| Usable at | ${usable_at} |`,
    `| Circle takes it | ${checked ? 'yes' : 'not said yet'} |`,
    ...(blocked_reason === null ? [] : [`| Blocked by | ${blocked_reason} |`]),
    ...(question === null ? [] : [`| The open review | ${question.replaceAll(/[|\r\n]+/g, ' ')} |`]),
    `| Who must act | ${actor} |`,
    `| Case | \`/v1/admin/lifecycles/address/${id}\` |`,
  ].join('\n');
}
