/** Reaches a customer's onboarding, and starts it where it does not run. */
import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowIdReusePolicy,
  type WorkflowSignalWithStartOptions,
} from '@temporalio/client';
import { recordIdOf, workflowId } from '../domain/ids.ts';
import { initialAttributes, WORKFLOWS } from '../workflows/contract.ts';
import {
  type AccountMessage,
  accountEvent,
  type OnboardingAnswer,
  type OnboardingInput,
  type SubmitApplication,
  submitApplication,
  type UploadDocument,
  uploadDocument,
} from '../workflows/funding/onboarding-messages.ts';
import { requestContext } from './request-context.ts';

const SUMMARY = 'Onboarding of a customer';
const DETAILS =
  'An account at Alpaca, with the identity check, and a Circle wallet on each chain. *Current details* says what ' +
  'is missing and who must act. Personal data is never in this history.';

/** Whom to tell what. */
export interface OnboardingSignal {
  readonly workflow_id: string;
  readonly message: unknown;
}

/** What every start of an onboarding has in common, whoever causes it. */
function startOptions(userId: string, taskQueue: string, state: string) {
  const { requestId } = requestContext();
  const input: OnboardingInput = { user_id: userId };
  return {
    workflowId: workflowId('onboarding', userId),
    taskQueue,
    args: [input] as [OnboardingInput],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    priority: { priorityKey: WORKFLOWS.onboarding.priority, fairnessKey: userId },
    typedSearchAttributes: initialAttributes({ lifecycle: 'kyc', area: 'funding', state, userId }),
    staticSummary: SUMMARY,
    staticDetails: DETAILS,
    ...(requestId && { memo: { request_id: requestId } }),
  };
}

/**
 * Signals with start: an account that changes after it was approved takes the onboarding up again.
 * @throws {ServiceError} when Temporal does not answer; the event stays stored and is sent again later.
 */
export async function signalOnboarding(
  client: Client,
  taskQueue: string,
  { workflow_id, message }: OnboardingSignal,
): Promise<void> {
  const options: WorkflowSignalWithStartOptions<[AccountMessage]> = {
    ...startOptions(recordIdOf('onboarding', workflow_id), taskQueue, 'resumed'),
    signal: accountEvent,
    signalArgs: [message as AccountMessage],
  };
  await client.workflow.signalWithStart(WORKFLOWS.onboarding.type, options);
}

/** The update that takes an application. `updateId` makes a repetition recognisable while the run lasts. */
export function updateWithApplication(
  client: Client,
  taskQueue: string,
  request: { readonly userId: string; readonly application: SubmitApplication },
): Promise<OnboardingAnswer> {
  return updateWithStart(taskQueue, request.userId, (startWorkflowOperation) =>
    client.workflow.executeUpdateWithStart(submitApplication, {
      startWorkflowOperation,
      updateId: request.application.operation_id,
      args: [request.application],
    }),
  );
}

/** The update that takes a document. */
export function updateWithDocument(
  client: Client,
  taskQueue: string,
  request: { readonly userId: string; readonly document: UploadDocument },
): Promise<OnboardingAnswer> {
  return updateWithStart(taskQueue, request.userId, (startWorkflowOperation) =>
    client.workflow.executeUpdateWithStart(uploadDocument, {
      startWorkflowOperation,
      updateId: request.document.document_id,
      args: [request.document],
    }),
  );
}

type StartOnboarding = WithStartWorkflowOperation<(input: OnboardingInput) => Promise<unknown>>;

function updateWithStart<Answer>(
  taskQueue: string,
  userId: string,
  update: (start: StartOnboarding) => Promise<Answer>,
): Promise<Answer> {
  const start: StartOnboarding = new WithStartWorkflowOperation(WORKFLOWS.onboarding.type, {
    ...startOptions(userId, taskQueue, 'not_started'),
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  return update(start);
}
