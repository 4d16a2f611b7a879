/** The plain version's own activities: one for each status change, ledger posting and notice, as in tutorials. */
import { withFailures } from '../../activities/failure.ts';
import { notice, operation } from '../../activities/funding/deposit.ts';
import type { Database } from '../../db/client.ts';
import { depositEvent, depositSeen, type SeenTransfer } from '../../db/funding/deposit-steps.ts';
import type { OperationEntry, TransitionDetails } from '../../db/transition.ts';
import type { DepositState } from '../../domain/funding/deposit.ts';
import type { DepositFacts } from '../../domain/funding/deposit-facts.ts';
import type { Posting } from '../../domain/funding/ledger.ts';

/** A provider operation as the workflow names it; its idempotency key is derived here. */
interface Operation {
  readonly provider: 'circle' | 'alpaca';
  readonly step: string;
  readonly state: OperationEntry['state'];
  readonly more?: Partial<OperationEntry>;
}

/** The plain activities around one database. */
export function createPlainActivities(database: Database) {
  return withFailures({
    /** Inserts the row. */
    insertDeposit: async (input: { id: string; transfer: SeenTransfer }): Promise<DepositFacts> => {
      const opened = await depositSeen(database, input.id, input.transfer);
      if ('unknown_wallet' in opened) throw new Error('unknown wallet');
      return opened;
    },

    /** Moves the row, writes the event and the provider operation. */
    setStatus: (input: {
      id: string;
      event: string;
      reference: string;
      details: TransitionDetails;
      operations: Operation[];
    }): Promise<DepositFacts> =>
      depositEvent(database, input.id, input.event, input.reference, {
        ...input.details,
        operations: input.operations.map(({ provider, step, state, more }) =>
          operation(input.id, provider, step, state, more),
        ),
      }),

    /** Writes one transaction into the ledger. */
    postLedger: async (input: { id: string; event: string; postings: Posting[] }): Promise<void> => {
      await database.prepared('plain-ledger', `select ledger_post($1, 'deposit', $2, $3, $4)`, [
        `deposit:${input.id}:${input.event}:1`,
        input.id,
        input.event,
        JSON.stringify(input.postings),
      ]);
    },

    /** Queues the notice for the customer. */
    sendNotice: async (input: { id: string; userId: string; state: DepositState }): Promise<void> => {
      const { kind, body } = notice(input.state);
      await database.prepared(
        'plain-notice',
        `insert into notifications (user_id, kind, subject_id, body, reference) values ($1, $2, $3, $4, '1')
         on conflict do nothing`,
        [input.userId, kind, input.id, body],
      );
    },
  });
}

export type PlainActivities = ReturnType<typeof createPlainActivities>;
