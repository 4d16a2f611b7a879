/** The real gateways of the API before a workflow engine in which nothing runs any more. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { createAddressGateway } from '../../api/funding/address-gateway.ts';
import { createWithdrawalGateway } from '../../api/funding/withdrawal-gateway.ts';
import { createReviewGateway } from '../../api/platform/review-gateway.ts';
import type { ApiUnderTest } from './api-under-test.ts';

const ended = () => {
  throw new WorkflowNotFoundError('It has ended.', 'withdrawal', undefined);
};
const temporal = {
  workflow: {
    getHandle: () => ({ executeUpdate: async () => ended(), signal: async () => ended() }),
    executeUpdateWithStart: async () => ({ refused: { code: 'insufficient_funds', detail: 'Too little.' } }),
  },
} as unknown as Client;

/** Puts them in place, so that whose object it is is found out by the code that does so in production. */
export function useRealGateways(api: ApiUnderTest): void {
  const { database, log, outgoing } = api.deps;
  const common = { database, temporal, log, taskQueue: 'none', fieldKeys: outgoing.fieldKeys };
  const { remove } = createAddressGateway(common);
  Object.assign(api.deps.addresses, {
    add: async () => ({ code: 'address_exists', detail: 'It is in the book.', figures: {} }),
    remove,
  });
  Object.assign(api.deps.withdrawals, createWithdrawalGateway(common));
  Object.assign(api.deps.reviews, createReviewGateway(database, temporal, 'none'));
}

/** A caller whose KYC is approved and who has just given the passcode. */
export async function approvedCaller(
  api: ApiUnderTest,
  role: 'user' | 'support' | 'admin',
  passcode: string,
) {
  const { id, token } = await api.user(role);
  for (const event of ['submitted', 'approved']) {
    await api.database.pool.query(`select transition('kyc', $1, $2, '1')`, [id, event]);
  }
  const set = await api.call('PUT', '/v1/me/passcode', { token, body: { passcode } });
  if (set.status >= 300) throw new Error(`no passcode: ${JSON.stringify(set.body)}`);
  const { token: stepUp } = await api.deps.tokens.issue({ userId: id, role }, 'step_up');
  return { role, id, token, stepUp };
}
