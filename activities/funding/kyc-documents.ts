/** Sends a customer's document to the broker and erases our copy. */
import { ApplicationFailure } from '@temporalio/common';
import { documentContext, openCustomerKey, openJson } from '../../db/funding/customer-key.ts';
import { findOnboarding } from '../../db/funding/kyc-application-queries.ts';
import { documentSent, findDocument } from '../../db/funding/kyc-document-queries.ts';
import type { KycDocumentContent } from '../../domain/funding/kyc-application.ts';
import type { OpenedOnboarding } from '../../domain/funding/onboarding-facts.ts';
import { withFailures } from '../failure.ts';
import type { ActivityPorts } from '../ports.ts';
import type { UploadDocumentsInput } from '../providers/alpaca/schema.ts';
import type { OnboardingStep } from './onboarding.ts';

type MimeType = UploadDocumentsInput['documents'][number]['mimeType'];

/** Documents as activities. */
export function createKycDocumentActivities(ports: Pick<ActivityPorts, 'database' | 'alpaca' | 'config'>) {
  const { database, alpaca, config } = ports;
  return withFailures({
    /**
     * Uploads one document. Alpaca takes no idempotency key here; a document that arrives twice after an unclear
     * answer is harmless, because the broker's people read it and nothing moves by it.
     */
    sendKycDocument: async (
      input: OnboardingStep & { readonly document_id: string },
    ): Promise<OpenedOnboarding> => {
      const { user_id, document_id } = input;
      const stored = await findDocument(database, user_id, document_id);
      if (stored?.sealed_content) {
        const { key_id, sealed_key, account_id } = stored;
        if (!key_id || !sealed_key || !account_id) {
          throw ApplicationFailure.nonRetryable('the document cannot be opened any more', 'Defect');
        }
        const key = openCustomerKey(user_id, { key_id, sealed_key }, config.fields);
        const opened = openJson<KycDocumentContent>(key, stored.sealed_content, documentContext(document_id));
        await alpaca.uploadDocuments({
          accountId: account_id,
          documents: [
            {
              documentType: stored.document_type,
              mimeType: stored.mime_type as MimeType,
              content: opened.content,
              ...(opened.document_sub_type !== undefined && { documentSubType: opened.document_sub_type }),
            },
          ],
        });
        await documentSent(database, document_id);
      }
      return findOnboarding(database, user_id);
    },
  });
}

export type KycDocumentActivities = ReturnType<typeof createKycDocumentActivities>;
