/** The branches of an onboarding: approved, asked for more, turned down, sent back. */
import {
  apply,
  newCustomer,
  onboardingOf,
  reached,
  setOnboardingPolicy,
  upload,
  walletsActive,
} from '../../test/support/applicant.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { Cases, PlayedCase, Stage } from '../record-histories.ts';

type Applicant = Awaited<ReturnType<typeof newCustomer>>;

/** Plays one customer's application until it stands at `ends` and the wallets are there. */
function scene(
  changes: Record<string, unknown>,
  ends: string,
  goesOn: (stage: Stage, customer: Applicant) => Promise<unknown> = async () => undefined,
) {
  return async (stage: Stage): Promise<PlayedCase> => {
    await setOnboardingPolicy(stage.stack);
    const customer = await newCustomer(stage.stack, changes);
    await apply(stage.stack, customer);
    await goesOn(stage, customer);
    await reached(stage.stack, customer, ends);
    await walletsActive(stage.stack, customer);
    return { workflowId: `onboarding:${customer.id}`, isOver: true };
  };
}

export const onboardingCases: Cases = {
  happy: scene({}, 'approved'),
  'document-asked': scene({ family_name: 'ActionRequired' }, 'approved', async ({ stack }, customer) => {
    await reached(stack, customer, 'action_required');
    await upload(stack, customer, 'identity_verification');
  }),
  rejected: scene({ family_name: 'Rejected' }, 'rejected'),
  'refused-then-corrected': scene({ tax_id: '123-45-6789' }, 'approved', async ({ stack }, customer) => {
    await eventually('the application is the customer’s again', async () => {
      const { rows } = await stack.database.pool.query(
        "select from lifecycle_events where subject_id = $1 and lifecycle = 'kyc' and event = 'refused'",
        [customer.id],
      );
      return rows.length > 0;
    });
    await apply(stack, customer, { ...customer.application, tax_id: '412-55-7788' });
  }),
  'closed-in-a-second-run': scene({}, 'rejected', async ({ stack, temporal }, customer) => {
    await reached(stack, customer, 'approved');
    await walletsActive(stack, customer);
    await temporal.workflow.getHandle(`onboarding:${customer.id}`).result();
    const { alpaca_account_id } = await onboardingOf(stack, customer);
    await stack.sandbox.control('POST', `/control/alpaca/accounts/${alpaca_account_id}/status`, {
      status: 'ACCOUNT_CLOSED',
    });
  }),
};
