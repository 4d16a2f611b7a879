/** The branches of a withdrawal address: usable, removed, blocked, cleared. */
import { clearFaults, decide, plant, reviewOpens } from '../../test/support/trouble.ts';
import {
  addressReaches,
  createWithdrawer,
  freshAddress,
  newStaff,
  setSetting,
} from '../../test/support/withdrawer.ts';
import type { Cases, PlayedCase, Stage } from '../record-histories.ts';

interface Scene {
  readonly coolDownSeconds?: number;
  /** The list has the address before it is added. */
  readonly listed?: boolean;
  readonly before?: (stage: Stage) => Promise<unknown>;
  readonly goesOn?: (stage: Stage, address: { id: string; remove(): Promise<unknown> }) => Promise<unknown>;
  readonly ends: string;
}

/** Puts one address on the list of the scenes, or none. */
async function list({ stack }: Stage, addresses: readonly string[]): Promise<void> {
  const { token } = await newStaff(stack, 'admin');
  const body = { addresses: addresses.map((address) => ({ address, reference: '1' })), names: [] };
  await stack.call('PUT', '/v1/admin/sanctions-lists/SCENES', { token, body });
}

/** Plays one address until it stands at `ends`. */
function scene({ coolDownSeconds = 0, listed, before, goesOn, ends }: Scene) {
  return async (stage: Stage): Promise<PlayedCase> => {
    const { stack } = stage;
    await setSetting(stack, 'address_policy', { coolDownSeconds, retryAfterSeconds: [0.3] });
    const { token, confirmed } = await createWithdrawer(stack);
    const address = freshAddress();
    if (listed) await list(stage, [address]);
    await before?.(stage);
    const body = { chain: 'base', address, label: 'Mine' };
    const added = await stack.call('POST', '/v1/addresses', { token, headers: confirmed, body });
    const { id } = added.body as { id: string };
    const remove = () => stack.call('DELETE', `/v1/addresses/${id}`, { token });
    await goesOn?.(stage, { id, remove });
    await addressReaches(stack, token, id, ends);
    await list(stage, []);
    await clearFaults(stack);
    return { workflowId: `address:${id}`, isOver: true };
  };
}

export const addressCases: Cases = {
  usable: scene({ coolDownSeconds: 1, ends: 'active' }),
  'circle-down': scene({
    before: ({ stack }) =>
      plant(stack, {
        company: 'circle',
        operation: 'circle.validateAddress',
        kind: 'error',
        status: 503,
        count: 2,
      }),
    ends: 'active',
  }),
  removed: scene({ coolDownSeconds: 3600, goesOn: (_stage, { remove }) => remove(), ends: 'removed' }),
  listed: scene({ listed: true, ends: 'blocked' }),
  'listed-then-cleared': scene({
    listed: true,
    goesOn: async (stage, { id }) => {
      const review = await reviewOpens(stage.stack, id, 'sanctions_hit');
      await list(stage, []);
      await decide(stage.stack, review.id, 'retry');
    },
    ends: 'active',
  }),
};
