/** The real activities of deposits over the database and the companies in memory, and the mistakes planted in them. */
import { ApplicationFailure } from '@temporalio/common';
import { createBrokerFundingActivities } from '../activities/funding/broker-funding.ts';
import { createDepositActivities } from '../activities/funding/deposit.ts';
import { createDepositBackActivities } from '../activities/funding/deposit-back.ts';
import { createDepositMoneyActivities } from '../activities/funding/deposit-money.ts';
import { createDepositRefundActivities } from '../activities/funding/deposit-refund.ts';
import { createOffRampActivities } from '../activities/funding/off-ramp.ts';
import { createReviewActivities } from '../activities/platform/review.ts';
import type { ActivityPorts } from '../activities/ports.ts';
import { FIRM } from './broker.ts';
import type { Bugs } from './bugs.ts';
import type { Companies } from './companies.ts';
import type { StoreFunction } from './deposit-functions.ts';
import type { Store } from './store.ts';

type Activities = Readonly<Record<string, (...input: never[]) => Promise<unknown>>>;
type Clients = ReturnType<Companies['clients']>;

/** Every activity that the workflow of a deposit calls. */
export function depositActivities(
  clients: Clients,
  store: Store,
  functions: Readonly<Record<string, StoreFunction>>,
  bugs: Bugs,
): Activities {
  const config = { circle: { network: 'testnet' }, alpaca: { firmAccountId: FIRM } };
  const database = databaseOver(store, functions);
  // Of the clients only what these activities call is there.
  const ports = { database, config, ...withoutKeys(clients, bugs) } as unknown as ActivityPorts;
  const all: Activities = {
    ...createReviewActivities(ports),
    ...createDepositActivities(ports),
    ...createDepositMoneyActivities(ports),
    ...createDepositBackActivities(ports),
    ...createOffRampActivities(ports),
    ...createBrokerFundingActivities(ports),
    ...createDepositRefundActivities(ports),
  };
  return planted(all, bugs);
}

/** Statements by what they call; whatever else is asked fails loudly. */
function databaseOver(store: Store, functions: Readonly<Record<string, StoreFunction>>) {
  return {
    prepared: async (name: string, _text: string, [id, ...rest]: string[]) => {
      const run = functions[name];
      if (!run) throw new Error(`the simulation knows no statement ${name}`);
      const given = rest.map((value) => (value.startsWith('{') ? JSON.parse(value) : value));
      return [{ result: run(id ?? '', ...(given as never[])) }];
    },
    query: async (text: string, values: string[]) => {
      const [first = '', step = '', waitingFor = ''] = values;
      if (text.includes('decide_review')) return [{ decided: store.decide(first, values[4] ?? '') }];
      if (text.includes('lifecycle_paused_by')) return [{ words: store.paused }];
      if (text.includes("set state = 'unknown'")) {
        store.markUnclear('deposit', first, step, waitingFor);
        return [];
      }
      throw new Error(`the simulation knows no statement ${text.slice(0, 60)}`);
    },
  };
}

function withoutKeys(clients: Clients, bugs: Bugs): Clients {
  if (!bugs.has('new_key_after_an_unclear_answer')) return clients;
  let fresh = 0;
  const other = <Input extends { readonly idempotencyKey: string }>(input: Input): Input => {
    fresh += 1;
    return { ...input, idempotencyKey: `fresh-${fresh}` };
  };
  const { circle, alpaca } = clients;
  return {
    ...clients,
    circle: {
      ...circle,
      createTransfer: (input) => circle.createTransfer(other(input)),
      findTransfer: async () => null,
    },
    alpaca: {
      ...alpaca,
      createJournal: (input) => alpaca.createJournal(other(input)),
      findJournal: async () => null,
    },
  };
}

function planted(all: Activities, bugs: Bugs): Activities {
  const changed: Record<string, (...input: never[]) => Promise<unknown>> = {};
  if (bugs.has('lost_events_are_never_looked_up')) {
    for (const name of ['lookUpInboundTransfer', 'lookUpOffRamp', 'lookUpJournal', 'lookUpRefund'])
      changed[name] = () => Promise.reject(ApplicationFailure.retryable('nobody looks', 'Unavailable'));
  }
  if (bugs.has('timeout_counts_as_failure')) {
    for (const name of ['startOffRampTransfer', 'createFundingJournal', 'sendRefund']) {
      changed[name] = async (...input) => {
        try {
          return await all[name]?.(...input);
        } catch (error) {
          if (!(error instanceof ApplicationFailure) || error.type !== 'Unclear') throw error;
          throw ApplicationFailure.nonRetryable(error.message, 'Refused');
        }
      };
    }
  }
  if (bugs.has('failed_transfer_stays_booked')) {
    changed.recordOffRampFailed = async (...[input]) => {
      const step = input as unknown as { readonly facts: object };
      const booksNothing = { ...step, facts: { ...step.facts, amount_usd: '0' } };
      return all.recordOffRampFailed?.(booksNothing as never);
    };
  }
  return { ...all, ...changed };
}
