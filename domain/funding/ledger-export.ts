/** Checks an export of the ledger line by line, with nothing but the export itself. See docs/ledger-proofs.md. */

import { CHART } from './ledger.ts';
import {
  FIRST_DIGEST,
  isComplete,
  type Sealed,
  type SealedTransaction,
  sealedBytes,
} from './ledger-chain.ts';

export const EXPORT_FORMAT = 'sluice-ledger-export/1';

export type ChainName = 'ledger' | 'audit';

/** Where a chain ends: what can be published, and compared with an earlier or a later export. */
export interface ChainHead {
  readonly position: string;
  readonly digest: string;
}

/** Every line of an export, in this order: begin, transactions, audit entries, balances, end. */
export type ExportLine =
  | { readonly kind: 'begin'; readonly format: string }
  | Sealed
  /** A seal whose row is not there any more. */
  | { readonly kind: 'missing'; readonly chain: ChainName; readonly position: string; readonly id: string }
  /** A row that was slipped in behind the seals. */
  | { readonly kind: 'unsealed'; readonly chain: ChainName; readonly id: string }
  | {
      readonly kind: 'balance';
      readonly account_id: string;
      readonly account: string;
      readonly balance: string;
    }
  | { readonly kind: 'end'; readonly ledger: ChainHead; readonly audit: ChainHead };

/** Something that is not as it must be, and where. */
export interface Finding {
  readonly line: number;
  /** For people: `ledger position 17, transaction 23 (deposit:…:confirmed:1)`. */
  readonly place: string;
  readonly problem: string;
}

export interface ExportReport {
  readonly findings: readonly Finding[];
  readonly heads: Readonly<Record<ChainName, ChainHead>>;
  /** Balances by kind of account, in smallest units on the normal side. */
  readonly kinds: ReadonlyMap<string, bigint>;
}

interface ChainState {
  position: bigint;
  digest: string;
  effectiveAt: string;
}

/** More than these are not kept: one change early on may be followed by many. */
const MOST_FINDINGS = 100;
const INTEGER = /^-?\d+$/;

/** SHA-256 of bytes, in hexadecimal digits. */
export type Sha256 = (bytes: Uint8Array) => string;

/** Reads an export from its first line to its last. */
export class ExportCheck {
  readonly #sha256: Sha256;
  readonly #published: Map<string, string>;
  readonly #findings: Finding[] = [];
  readonly #chains: Record<ChainName, ChainState> = {
    ledger: { position: 0n, digest: FIRST_DIGEST, effectiveAt: '' },
    audit: { position: 0n, digest: FIRST_DIGEST, effectiveAt: '' },
  };
  readonly #references = new Set<string>();
  readonly #accounts = new Map<string, { kind: string; balance: bigint; confirmed: boolean }>();
  #line = 0;
  #ended = false;

  /** @param published heads that somebody kept: `ledger:17` to the digest at that position. */
  constructor(sha256: Sha256, published: ReadonlyMap<string, string> = new Map()) {
    this.#sha256 = sha256;
    this.#published = new Map(published);
  }

  /** Takes the next line. */
  read(text: string): void {
    this.#line += 1;
    const line = this.#parse(text);
    if (line === undefined) return;
    if (this.#ended) this.#found('the file', 'goes on after its end');
    if ((this.#line === 1) !== (line.kind === 'begin'))
      this.#found('the file', 'does not begin with its first line');
    this.#take(line);
  }

  /** What came out, once every line was read. */
  finish(): ExportReport {
    if (!this.#ended) this.#found('the file', 'stops before its end');
    for (const [id, { kind, confirmed }] of this.#accounts) {
      if (!confirmed) this.#found(`account ${id} (${kind})`, 'has postings and no balance');
    }
    const kinds = new Map<string, bigint>();
    for (const { kind, balance } of this.#accounts.values()) {
      const normal = kind in CHART ? CHART[kind as keyof typeof CHART].normal : 'debit';
      kinds.set(kind, (kinds.get(kind) ?? 0n) + (normal === 'debit' ? balance : -balance));
    }
    const head = ({ position, digest }: ChainState) => ({ position: position.toString(), digest });
    const heads = { ledger: head(this.#chains.ledger), audit: head(this.#chains.audit) };
    for (const place of this.#published.keys())
      this.#found(place.replace(':', ' position '), 'is not in the export');
    return { findings: this.#findings, heads, kinds };
  }

  #parse(text: string): ExportLine | undefined {
    try {
      const line = JSON.parse(text) as ExportLine;
      if (typeof line === 'object' && line !== null) return line;
    } catch {
      // Told below: what is not JSON is not a line of an export.
    }
    this.#found('the file', 'has a line that is not a JSON object');
    return undefined;
  }

  /** False when the line lacks what the digest covers: nothing else can be said of it then. */
  #chained(chain: ChainName, line: Sealed): boolean {
    const state = this.#chains[chain];
    const place = placeOf(chain, line);
    if (!isComplete(line)) {
      this.#found(place, 'lacks a field, or has one that is no text');
      return false;
    }
    const expected = (state.position + 1n).toString();
    if (line.position !== expected) this.#found(place, `position ${expected} must come here`);
    if (line.effective_at < state.effectiveAt) {
      this.#found(place, 'counts from an earlier time than the one before');
    }
    if (this.#sha256(sealedBytes(state.digest, line)) !== line.digest) {
      this.#found(place, 'does not agree with its digest: it, or what comes before it, was changed');
    }
    const published = this.#published.get(`${chain}:${line.position}`) ?? line.digest;
    if (published !== line.digest) this.#found(place, 'is not what was published');
    this.#published.delete(`${chain}:${line.position}`);
    // On with what the line says: one change is reported where it is, not on every line after it.
    state.position = INTEGER.test(line.position) ? BigInt(line.position) : state.position + 1n;
    state.digest = line.digest;
    state.effectiveAt = line.effective_at;
    return true;
  }

  #take(line: ExportLine): void {
    switch (line.kind) {
      case 'begin':
        if (line.format !== EXPORT_FORMAT) this.#found('the file', `is not in the format ${EXPORT_FORMAT}`);
        break;
      case 'transaction':
        if (this.#chained('ledger', line)) this.#transaction(line);
        break;
      case 'audit':
        this.#chained('audit', line);
        break;
      case 'missing':
        this.#found(`${line.chain} position ${line.position}`, `the sealed row ${line.id} is gone`);
        break;
      case 'unsealed':
        this.#found(`${line.chain} row ${line.id}`, 'was added behind the seals');
        break;
      case 'balance':
        this.#balance(line);
        break;
      case 'end':
        this.#end(line);
        break;
      default:
        this.#found('the file', 'has a line of no known kind');
    }
  }

  #transaction(line: SealedTransaction): void {
    const place = placeOf('ledger', line);
    if (this.#references.has(line.reference))
      this.#found(place, 'has the reference of an earlier transaction');
    this.#references.add(line.reference);
    const sums = new Map<string, bigint>();
    for (const { account_id, account, asset, amount } of line.postings) {
      if (!INTEGER.test(amount)) {
        this.#found(place, 'has an amount that is no integer');
        return;
      }
      sums.set(asset, (sums.get(asset) ?? 0n) + BigInt(amount));
      const known = this.#accounts.get(account_id) ?? { kind: account, balance: 0n, confirmed: false };
      if (known.kind !== account) this.#found(place, `account ${account_id} was ${known.kind} before`);
      known.balance += BigInt(amount);
      this.#accounts.set(account_id, known);
    }
    for (const [asset, sum] of sums) if (sum !== 0n) this.#found(place, `is off by ${sum} in ${asset}`);
  }

  #balance(line: Extract<ExportLine, { kind: 'balance' }>): void {
    const known = this.#accounts.get(line.account_id) ?? {
      kind: line.account,
      balance: 0n,
      confirmed: false,
    };
    const place = `account ${line.account_id} (${known.kind})`;
    if (known.kind !== line.account) this.#found(place, `is called ${line.account} beside its balance`);
    if (known.confirmed) this.#found(place, 'has two balances');
    if (known.balance.toString() !== line.balance) {
      this.#found(place, `has the balance ${line.balance}; its postings come to ${known.balance}`);
    }
    known.confirmed = true;
    this.#accounts.set(line.account_id, known);
  }

  #end(line: Extract<ExportLine, { kind: 'end' }>): void {
    this.#ended = true;
    for (const chain of ['ledger', 'audit'] as const) {
      const { position, digest } = this.#chains[chain];
      if (line[chain]?.position !== position.toString() || line[chain]?.digest !== digest) {
        this.#found(`the end of the ${chain} chain`, `is position ${position}, not what the last line says`);
      }
    }
  }

  #found(place: string, problem: string): void {
    if (this.#findings.length < MOST_FINDINGS) this.#findings.push({ line: this.#line, place, problem });
  }
}

function placeOf(chain: ChainName, line: Sealed): string {
  const what =
    line.kind === 'audit'
      ? `entry ${line.id} (${line.action})`
      : `transaction ${line.id} (${line.reference})`;
  return `${chain} position ${line.position}, ${what}`;
}
