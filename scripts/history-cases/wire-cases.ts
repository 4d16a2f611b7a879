/** The branches of a wire: what arrives, what comes back, what people decide. */
import { randomUUID } from 'node:crypto';
import type { TreasuryPolicy } from '../../domain/funding/treasury-policy.ts';
import type { WireKind } from '../../domain/funding/wire.ts';
import { eventually } from '../../test/support/eventually.ts';
import { type Treasury, treasuryOf } from '../../test/support/treasury.ts';
import { clearFaults, decide, type Fault, plant, reviewOpens } from '../../test/support/trouble.ts';
import type { Cases, PlayedCase, Stage } from '../record-histories.ts';

interface Scene {
  readonly kind?: WireKind;
  readonly faults?: readonly Fault[];
  readonly policy?: Partial<TreasuryPolicy>;
  /** Nobody approves it by itself. */
  readonly unapproved?: boolean;
  readonly goesOn?: (wire: { id: string; treasury: Treasury; stage: Stage }) => Promise<unknown>;
  /** Where the case ends; `complete` unless told. */
  readonly ends?: string;
  readonly staysOpen?: boolean;
}

/** Plays one wire that a person asks for, under the scene's rules and faults. */
function scene(play: Scene) {
  return async (stage: Stage): Promise<PlayedCase> => {
    const { stack } = stage;
    const treasury = await treasuryOf(stack);
    try {
      await clearFaults(stack);
      // The sandbox's firm is the source of everything here: Mint gets its dollars beside the books.
      await stack.sandbox.control('POST', '/control/mint/balance', { amount: '500.00' });
      await treasury.setPolicy({ returnWindowSeconds: 0, ...play.policy });
      for (const fault of play.faults ?? []) await plant(stack, fault);
      const kind = play.kind ?? 'mint_to_alpaca';
      const id = play.unapproved
        ? await ask(stage, treasury, kind)
        : await treasury.wire(kind, '25.00', kind.includes('wallet') ? 'base' : undefined);
      await play.goesOn?.({ id, treasury, stage });
      await treasury.reaches(id, play.ends ?? 'complete', 60_000);
      await clearFaults(stack);
      return { workflowId: `wire:${id}`, isOver: !play.staysOpen };
    } finally {
      await treasury.close();
    }
  };
}

async function ask({ stack }: Stage, treasury: Treasury, kind: WireKind): Promise<string> {
  const body = { kind, amount_usd: '25.00', reason: `Recorded ${randomUUID()}.` };
  return (await stack.call('POST', '/v1/admin/wires', { token: await treasury.staff('one'), body })).body.id;
}

const vote =
  (decision: 'approve' | 'reject') =>
  async ({ id, treasury, stage }: { id: string; treasury: Treasury; stage: Stage }): Promise<void> => {
    await stage.stack.call('POST', `/v1/admin/wires/${id}/approvals`, {
      token: await treasury.staff('other'),
      body: { decision, note: 'Recorded.' },
    });
  };

const payout = (kind: string): Fault => ({ company: 'mint', operation: 'mint.payout', kind });

export const wireCases: Cases = {
  'mint-to-alpaca': scene({}),
  'alpaca-to-mint': scene({ kind: 'alpaca_to_mint' }),
  'mint-to-wallet': scene({ kind: 'mint_to_wallet' }),
  'wallet-to-mint': scene({ kind: 'wallet_to_mint' }),
  rejected: scene({ unapproved: true, goesOn: vote('reject'), ends: 'canceled' }),
  'approval-expired': scene({
    ...{ unapproved: true, policy: { approvalExpiresAfterSeconds: 0.5 } },
    ends: 'canceled',
  }),
  failed: scene({ faults: [payout('fail')], ends: 'failed' }),
  returned: scene({ faults: [payout('return')], ends: 'returned' }),
  'watched-for-a-return': scene({ policy: { returnWindowSeconds: 3600 }, staysOpen: true }),
  'answer-lost': scene({
    kind: 'alpaca_to_mint',
    faults: [{ company: 'alpaca', operation: 'alpaca.createTransfer', kind: 'cut_after' }],
  }),
  'refused-then-retry': scene({
    faults: [
      {
        ...{ company: 'mint', operation: 'mint.createPayout', kind: 'refuse', status: 422 },
        body: { code: 1, message: 'refused' },
      },
    ],
    goesOn: async ({ id, stage }) => {
      const review = await reviewOpens(stage.stack, id, 'wire_refused');
      await decide(stage.stack, review.id, 'retry');
    },
  }),
  'closed-banks': scene({
    policy: { bankHours: 'fedwire', bankOpensAt: '23:59', bankCutOffAt: '00:00' },
    goesOn: ({ treasury }) =>
      eventually(
        'it waits for the banks',
        async () => (await treasury.wires()).at(-1)?.waiting_for === 'bank_hours',
      ),
    ends: 'planned',
    staysOpen: true,
  }),
};
