/** Onboarding as the API reaches it: personal data is sealed here, and only ciphertext and ids go further. */
import type { Client } from '@temporalio/client';
import type { Database } from '../../db/client.ts';
import { derivedId } from '../../db/derived-id.ts';
import {
  applicationContext,
  documentContext,
  type FieldKeys,
  newCustomerKey,
  openCustomerKey,
  sealJson,
} from '../../db/funding/customer-key.ts';
import { type IntakeFacts, kycIntake } from '../../db/funding/kyc-application-queries.ts';
import { dropDocument, insertDocument } from '../../db/funding/kyc-document-queries.ts';
import type { KycDocumentContent } from '../../domain/funding/kyc-application.ts';
import { updateWithApplication, updateWithDocument } from '../../temporal/signal-onboarding.ts';
import type { OnboardingPort, OnboardingRequest } from './onboarding-port.ts';

export interface OnboardingGatewayDeps {
  readonly database: Database;
  readonly temporal: Client;
  readonly taskQueue: string;
  /** `config.fields`: the keys that seal customers' keys. */
  readonly fieldKeys: FieldKeys;
}

/** The onboarding behind the API's port. One SQL round trip prepares a request, one update does it. */
export function createOnboardingGateway(deps: OnboardingGatewayDeps): OnboardingPort {
  const { database, temporal, taskQueue } = deps;
  return {
    async submit({ userId, operationId, application }) {
      const intake = await prepare(deps, { userId, operationId });
      if (intake.taken) return 'accepted';
      const key = customerKey(deps, userId, intake);
      // What cannot be taken starts no workflow.
      if (intake.status !== 'not_started' || intake.user_status !== 'active' || !key) return 'not_open';
      const sealed = sealJson(key, application, applicationContext(userId));
      const answer = await updateWithApplication(temporal, taskQueue, {
        userId,
        application: { operation_id: operationId, sealed_application: sealed.toString('hex') },
      });
      return answer.accepted ? 'accepted' : 'not_open';
    },

    async addDocument({ userId, operationId, document }) {
      const id = derivedId(`sluice:kyc-document:${userId}:${operationId}`);
      const intake = await prepare(deps, { userId, operationId: id });
      if (intake.taken) return 'accepted';
      const key = customerKey(deps, userId, intake);
      const isAsked = intake.status === 'action_required' || intake.status === 'pending';
      if (!isAsked || intake.account_id === null || intake.user_status !== 'active' || !key)
        return 'not_open';
      const { content, document_sub_type } = document;
      const kept: KycDocumentContent = {
        content,
        ...(document_sub_type !== undefined && { document_sub_type }),
      };
      await insertDocument(database, {
        id,
        userId,
        documentType: document.document_type,
        mimeType: document.mime_type,
        sealedContent: sealJson(key, kept, documentContext(id)),
      });
      const answer = await updateWithDocument(temporal, taskQueue, { userId, document: { document_id: id } });
      if (answer.accepted) return 'accepted';
      await dropDocument(database, id);
      return 'not_open';
    },
  };
}

function prepare(
  { database, fieldKeys }: OnboardingGatewayDeps,
  { userId, operationId }: Pick<OnboardingRequest, 'userId' | 'operationId'>,
): Promise<IntakeFacts> {
  return kycIntake(database, userId, { operation: operationId, ...newCustomerKey(userId, fieldKeys) });
}

/** The customer's key; undefined for an erased customer, who has none. */
function customerKey(
  { fieldKeys }: OnboardingGatewayDeps,
  userId: string,
  { key_id, sealed_key }: IntakeFacts,
): Buffer | undefined {
  return key_id && sealed_key ? openCustomerKey(userId, { key_id, sealed_key }, fieldKeys) : undefined;
}
