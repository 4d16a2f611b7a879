/** The canonical form of what the seals cover: the bytes from which anybody computes the digests anew. */

/** One line of an export that a seal covers, with every field as text exactly as it was sealed. */
export interface SealedTransaction {
  readonly kind: 'transaction';
  readonly position: string;
  readonly effective_at: string;
  readonly id: string;
  readonly reference: string;
  readonly lifecycle: string;
  readonly subject_id: string | null;
  readonly event: string;
  readonly written_by: string;
  readonly at: string;
  readonly postings: readonly SealedPosting[];
  readonly digest: string;
}

export interface SealedPosting {
  readonly id: string;
  readonly account_id: string;
  readonly account: string;
  readonly owner_id: string | null;
  readonly asset: string;
  readonly shard: string;
  /** Smallest units, debit positive. */
  readonly amount: string;
}

export interface SealedAuditEntry {
  readonly kind: 'audit';
  readonly position: string;
  readonly effective_at: string;
  readonly id: string;
  readonly actor_id: string | null;
  readonly actor_role: string;
  readonly action: string;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly request_id: string | null;
  /** JSON as the database prints it: a text, so that nobody prints it differently. */
  readonly detail: string;
  readonly written_by: string;
  readonly at: string;
  readonly digest: string;
}

export type Sealed = SealedTransaction | SealedAuditEntry;

/** What precedes the first digest of a chain. */
export const FIRST_DIGEST = '0'.repeat(64);

const encoder = new TextEncoder();

/** A field is its length in bytes, a colon and its bytes; null is a lone hyphen. */
function field(value: string | null): string {
  return value === null ? '-' : `${encoder.encode(value).length}:${value}`;
}

function fieldsOf(sealed: Sealed): (string | null)[] {
  if (sealed.kind === 'audit') {
    const { id, actor_id, actor_role, action, subject_kind, subject_id, request_id } = sealed;
    const what = [id, actor_id, actor_role, action, subject_kind, subject_id, request_id];
    return [...what, sealed.detail, sealed.written_by, sealed.at];
  }
  const { id, reference, lifecycle, subject_id, event, written_by, at, postings } = sealed;
  return [
    ...[id, reference, lifecycle, subject_id, event, written_by, at, String(postings.length)],
    ...postings.flatMap((one) => [
      ...[one.id, one.account_id, one.account, one.owner_id, one.asset, one.shard, one.amount],
    ]),
  ];
}

/** The bytes whose SHA-256 is the digest of a sealed row: the digest before it, then its fields. */
export function sealedBytes(previousDigest: string, sealed: Sealed): Uint8Array {
  const format = sealed.kind === 'audit' ? 'audit/1' : 'ledger/1';
  const fields = [format, sealed.position, sealed.effective_at, ...fieldsOf(sealed)];
  const before = Uint8Array.from({ length: 32 }, (_, index) =>
    Number.parseInt(previousDigest.slice(index * 2, index * 2 + 2), 16),
  );
  const content = encoder.encode(fields.map(field).join(''));
  const bytes = new Uint8Array(before.length + content.length);
  bytes.set(before);
  bytes.set(content, before.length);
  return bytes;
}

const DIGEST = /^[0-9a-f]{64}$/;
const EVERY = ['position', 'effective_at', 'id', 'subject_id', 'written_by', 'at', 'digest'];
const OF_TRANSACTION = [...EVERY, 'reference', 'lifecycle', 'event'];
const OF_POSTING = ['id', 'account_id', 'account', 'owner_id', 'asset', 'shard', 'amount'];
const OF_ENTRY = [...EVERY, 'actor_id', 'actor_role', 'action', 'subject_kind', 'request_id', 'detail'];

/** Whether a line has every field that its digest covers, as the text that was sealed. */
export function isComplete(line: Sealed): boolean {
  if (!DIGEST.test(line.digest)) return false;
  if (line.kind === 'audit') return hasTexts(line, OF_ENTRY, ['actor_id', 'request_id']);
  return (
    hasTexts(line, OF_TRANSACTION, ['subject_id']) &&
    Array.isArray(line.postings) &&
    line.postings.every((posting) => hasTexts(posting, OF_POSTING, ['owner_id']))
  );
}

function hasTexts(record: object, names: readonly string[], nullable: readonly string[]): boolean {
  const fields = record as Readonly<Record<string, unknown>>;
  return names.every(
    (name) => typeof fields[name] === 'string' || (fields[name] === null && nullable.includes(name)),
  );
}
