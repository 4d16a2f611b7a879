/** Documents on their way to the broker. What is kept of one goes as soon as the broker has it. */
import type { Intake } from '../../domain/funding/onboarding-facts.ts';
import { onboardingPolicy } from '../../domain/funding/onboarding-policy.ts';
import type { Database } from '../client.ts';

/** Stores a document, sealed. A repeated request stores it once. */
export async function insertDocument(
  database: Database,
  document: {
    readonly id: string;
    readonly userId: string;
    readonly documentType: string;
    readonly mimeType: string;
    readonly sealedContent: Buffer;
  },
): Promise<void> {
  const sql = `insert into kyc_documents (id, user_id, document_type, mime_type, sealed_content)
    values ($1::uuid, $2::uuid, $3, $4, $5) on conflict (id) do nothing`;
  const { id, userId, documentType, mimeType, sealedContent } = document;
  await database.prepared('kyc-document-insert', sql, [id, userId, documentType, mimeType, sealedContent]);
}

/** Removes a document that nobody asked for. */
export async function dropDocument(database: Database, id: string): Promise<void> {
  const sql = 'delete from kyc_documents where id = $1::uuid and sent_at is null';
  await database.prepared('kyc-document-drop', sql, [id]);
}

export interface StoredDocument {
  readonly document_type: string;
  readonly mime_type: string;
  /** Null once the broker has it. */
  readonly sealed_content: Buffer | null;
  readonly account_id: string | null;
  readonly key_id: string | null;
  readonly sealed_key: string | null;
}

/** A document with what is needed to open it. */
export async function findDocument(
  database: Database,
  userId: string,
  id: string,
): Promise<StoredDocument | undefined> {
  const sql = `select d.document_type, d.mime_type, d.sealed_content, u.alpaca_account_id as account_id, k.key_id,
      encode(k.sealed_key, 'hex') as sealed_key
    from kyc_documents d join users u on u.id = d.user_id left join user_keys k on k.user_id = d.user_id
    where d.id = $2::uuid and d.user_id = $1::uuid`;
  const [row] = await database.prepared<StoredDocument & Record<string, unknown>>('kyc-document-find', sql, [
    userId,
    id,
  ]);
  return row;
}

/** Takes a document that the broker asked for, or says that none is asked for. */
export async function acceptDocument(database: Database, userId: string, id: string): Promise<Intake> {
  const sql = 'select kyc_accept_document($1, $2) as result';
  const [row] = await database.prepared<{ result: Intake }>('kyc_accept_document', sql, [userId, id]);
  if (!row) throw new Error('kyc_accept_document answered nothing');
  const { accepted, facts } = row.result;
  return { accepted, facts: { ...facts, policy: onboardingPolicy(facts.policy) } };
}

/** The broker has the document: its content is erased here. */
export async function documentSent(database: Database, id: string): Promise<void> {
  await database.prepared('kyc_document_sent', 'select kyc_document_sent($1)', [id]);
}
