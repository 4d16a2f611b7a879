/** Circle, Mint and Alpaca in memory: what they hold, what they do with what they are asked for, what they say. */
import { Refused } from '../domain/provider-error.ts';
import { formatUnits, parseUnits } from '../domain/money.ts';
import type { Engine } from './engine.ts';
import type { Faults } from './faults.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A transfer at Circle, in or out. */
export interface Transfer {
  readonly id: string;
  readonly walletId: string;
  readonly refId: string | null;
  readonly units: bigint;
  readonly token: string;
  readonly destination: string;
  readonly txHash: string;
  state: string;
  errorReason: string | null;
}

/** What Mint was sent, or sends. */
export interface MintTransfer {
  readonly id: string;
  readonly txHash: string;
  readonly units: bigint;
  readonly key: string;
  state: 'pending' | 'complete' | 'failed';
}

/** A journal at Alpaca. */
export interface Journal {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly units: bigint;
  readonly description: string;
  readonly key: string;
  state: string;
}

/** A word of a company, before anything is known of how it travels. */
export interface Word {
  readonly message: {
    readonly source: string;
    readonly state: string;
    readonly reference?: string;
    readonly tx_hash?: string;
    readonly [more: string]: unknown;
  };
  /** Our own name of the operation, where the company carries it. */
  readonly name: string | null;
  /** It is told until it is heard: nobody asks about it again. */
  readonly isSure?: boolean;
}

const FAILURES = ['failed', 'denied', 'canceled'] as const;
const DEAD = ['rejected', 'refused', 'canceled'] as const;
export const FIRM = 'firm';

export class Companies {
  readonly transfers = new Map<string, Transfer>();
  readonly journals = new Map<string, Journal>();
  readonly mintTransfers = new Map<string, MintTransfer>();
  /** Units by Circle wallet id. */
  readonly wallets = new Map<string, bigint>();
  /** Units by account at Alpaca. */
  readonly accounts = new Map<string, bigint>();
  mint = 0n;
  /** Units that have left to addresses outside, by our name of the transfer. */
  readonly paidOut = new Map<string, bigint>();
  readonly #engine: Engine;
  readonly #faults: Faults;
  readonly #say: (word: Word) => void;
  readonly #keys = new Map<string, Transfer | Journal>();

  constructor(engine: Engine, faults: Faults, say: (word: Word) => void) {
    this.#engine = engine;
    this.#faults = faults;
    this.#say = say;
  }

  /** The clients as activities know them, as far as deposits use them. */
  clients() {
    return {
      circle: {
        createTransfer: async (input: TransferInput) =>
          this.#faults.write('circle', 'createTransfer', () => this.#send(input)),
        findTransfer: async ({ refId }: { readonly refId: string }) =>
          this.#faults.read('circle', 'findTransfer', () => {
            const found = [...this.transfers.values()].find((one) => one.refId === refId);
            return found ? shown(found) : null;
          }),
        getTransaction: async (id: string) =>
          this.#faults.read('circle', 'getTransaction', () => shown(known(this.transfers.get(id), 'circle'))),
        accelerate: async ({ transactionId }: { readonly transactionId: string }) =>
          this.#faults.write('circle', 'accelerate', () => this.#accelerate(transactionId)),
      },
      mint: {
        findTransferByHash: async ({ txHash }: { readonly txHash: string }) =>
          this.#faults.read('mint', 'findTransferByHash', () => {
            const found = [...this.mintTransfers.values()].find((one) => one.txHash === txHash);
            return found ? mintShown(found) : null;
          }),
      },
      alpaca: {
        createJournal: async (input: JournalInput) =>
          this.#faults.write('alpaca', 'createJournal', () => this.#journal(input)),
        findJournal: async ({ description }: { readonly description: string }) =>
          this.#faults.read('alpaca', 'findJournal', () => {
            const found = [...this.journals.values()].find((one) => one.description === description);
            return found ? journalShown(found) : null;
          }),
        getJournal: async (id: string) =>
          this.#faults.read('alpaca', 'getJournal', () => journalShown(known(this.journals.get(id), 'alpaca'))),
      },
    };
  }

  /** Somebody sends something to a customer's wallet; it becomes final, or the network drops it. */
  receive(id: string, walletId: string, token: string, units: bigint, mayBeTakenBack: boolean): void {
    const { random } = this.#engine;
    const transfer: Transfer = {
      ...{ id, walletId, refId: null, units, token, destination: walletId },
      ...{ txHash: `0x${id}`, state: 'initiated', errorReason: null },
    };
    this.transfers.set(id, transfer);
    this.#engine.after(random.integer(1, 60) * SECOND, () => {
      if (transfer.state === 'initiated') this.#inbound(transfer, 'confirmed');
    });
    this.#engine.after(random.integer(61, 20 * 60) * SECOND, () => {
      if (this.#faults.strikes('fails')) return this.#inbound(transfer, random.pick(['failed', 'canceled']));
      this.#add(this.wallets, token === 'USDC' ? walletId : `${walletId}|${token}`, units);
      this.#inbound(transfer, 'complete');
      if (!mayBeTakenBack || token !== 'USDC' || !this.#faults.strikes('takenBack')) return;
      this.#engine.after(random.integer(1, 300) * MINUTE, () => this.#takeBack(transfer));
    });
  }

  /** The chain drops a transfer that had been final: its USDC is gone, unless it has been sent on. */
  #takeBack(transfer: Transfer): void {
    const isThere = (this.wallets.get(transfer.walletId) ?? 0n) >= transfer.units;
    // While our transfer is under way it depends on this one: the chain drops none of them here.
    const isUnderWay = [...this.transfers.values()].some(
      (one) => one.walletId === transfer.walletId && one.refId !== null && !isOver(one.state),
    );
    if (isUnderWay) return;
    if (isThere) this.#add(this.wallets, transfer.walletId, -transfer.units);
    this.#inbound(transfer, 'failed', true);
  }

  #inbound(transfer: Transfer, state: string, isSure = false): void {
    transfer.state = state;
    const { id, walletId, token, units, txHash } = transfer;
    const message = {
      ...{ source: 'circle.inbound', state, circle_transaction_id: id, circle_wallet_id: walletId, token },
      ...{ amount: formatUnits(units), tx_hash: txHash, source_address: '0xsender' },
    };
    this.#say({ message, name: null, isSure });
  }

  #send(input: TransferInput): { id: string } {
    const repeated = this.#keys.get(input.idempotencyKey);
    if (repeated) return { id: repeated.id };
    const units = parseUnits(input.amount);
    if ((this.wallets.get(input.walletId) ?? 0n) < units || units <= 0n)
      throw new Refused('the wallet does not hold that much', { provider: 'circle', operation: 'createTransfer', code: '155201' });
    const transfer: Transfer = {
      ...{ id: `transfer-${this.transfers.size}`, walletId: input.walletId, refId: input.refId, units, token: 'USDC' },
      ...{ destination: input.destinationAddress, txHash: `0xout${this.transfers.size}`, state: 'queued' },
      errorReason: null,
    };
    this.transfers.set(transfer.id, transfer);
    this.#keys.set(input.idempotencyKey, transfer);
    this.#add(this.wallets, input.walletId, -units);
    this.#progress(transfer);
    return { id: transfer.id };
  }

  #progress(transfer: Transfer): void {
    const { random } = this.#engine;
    this.#engine.after(random.integer(2, 120) * SECOND, () => {
      if (this.#faults.strikes('stuck')) {
        this.#outbound(transfer, 'stuck');
        this.#engine.after(random.integer(1, 30) * HOUR, () => this.#end(transfer));
        return;
      }
      this.#outbound(transfer, 'sent');
      this.#engine.after(random.integer(5, 600) * SECOND, () => this.#end(transfer));
    });
  }

  #end(transfer: Transfer): void {
    if (isOver(transfer.state)) return;
    if (this.#faults.strikes('fails')) {
      this.#add(this.wallets, transfer.walletId, transfer.units);
      transfer.errorReason = 'simulated';
      return this.#outbound(transfer, this.#engine.random.pick(FAILURES));
    }
    this.#outbound(transfer, 'complete');
    if (transfer.destination === '0xmint') return this.#credit(transfer);
    this.#add(this.paidOut, transfer.refId ?? '', transfer.units);
  }

  #outbound(transfer: Transfer, state: string): void {
    transfer.state = state;
    const { id, txHash, errorReason, refId } = transfer;
    const because = errorReason === null ? {} : { error_reason: errorReason };
    this.#say({ message: { source: 'circle.outbound', state, reference: id, tx_hash: txHash, ...because }, name: refId });
  }

  #accelerate(id: string): { id: string } {
    const transfer = known(this.transfers.get(id), 'circle');
    this.#engine.after(this.#engine.random.integer(5, 300) * SECOND, () => this.#end(transfer));
    return { id };
  }

  /** Mint sees the transfer; at times it first reports it as failed, or with another amount, and puts it right. */
  #credit({ txHash, units }: Transfer): void {
    const { random } = this.#engine;
    const credited: MintTransfer = { id: `mint-${this.mintTransfers.size}`, txHash, units, key: '', state: 'pending' };
    this.mintTransfers.set(credited.id, credited);
    this.#engine.after(random.integer(1, 400) * SECOND, () => {
      if (this.#faults.strikes('fails')) this.#mintSays(credited, 'failed', units);
      if (this.#faults.strikes('fails')) this.#mintSays(credited, 'complete', units - 10_000n);
      this.#engine.after(random.integer(0, 60) * MINUTE, () => {
        credited.state = 'complete';
        this.mint += units;
        this.#mintSays(credited, 'complete', units);
      });
    });
  }

  #mintSays({ id, txHash }: MintTransfer, state: string, units: bigint): void {
    const message = { source: 'mint.transfer', state, reference: id, tx_hash: txHash, amount: formatUnits(units) };
    this.#say({ message, name: null });
  }

  #journal(input: JournalInput): ReturnType<typeof journalShown> {
    const repeated = this.#keys.get(input.idempotencyKey);
    if (repeated) return journalShown(repeated as Journal);
    const units = parseUnits(input.amount);
    if ((this.accounts.get(input.fromAccountId) ?? 0n) < units)
      throw new Refused('amount not available', { provider: 'alpaca', operation: 'createJournal', code: '40310000', httpStatus: 403 });
    const { random } = this.#engine;
    const journal: Journal = {
      ...{ id: `journal-${this.journals.size}`, from: input.fromAccountId, to: input.toAccountId, units },
      ...{ description: input.description, key: input.idempotencyKey, state: 'queued' },
    };
    this.journals.set(journal.id, journal);
    this.#keys.set(input.idempotencyKey, journal);
    // What is promised is not free for another journal.
    this.#add(this.accounts, journal.from, -units);
    if (random.chance(0.6)) this.#execute(journal);
    else {
      const isHeld = random.chance(0.3);
      this.#engine.after(random.integer(1, 60) * SECOND, () =>
        this.#journalSays(journal, isHeld ? 'pending' : 'sent_to_clearing'),
      );
      this.#engine.after(random.integer(61, isHeld ? 86_400 : 3_600) * SECOND, () => this.#settle(journal));
    }
    return journalShown(journal);
  }

  #settle(journal: Journal): void {
    if (this.#faults.strikes('fails')) {
      this.#add(this.accounts, journal.from, journal.units);
      return this.#journalSays(journal, this.#engine.random.pick(DEAD));
    }
    this.#execute(journal);
  }

  #execute(journal: Journal): void {
    this.#add(this.accounts, journal.to, journal.units);
    this.#journalSays(journal, 'executed');
    if (!this.#faults.strikes('takenBack')) return;
    this.#engine.after(this.#engine.random.integer(1, 48) * HOUR, () => {
      this.#add(this.accounts, journal.to, -journal.units);
      this.#add(this.accounts, journal.from, journal.units);
      this.#journalSays(journal, 'correct', true);
    });
  }

  #journalSays(journal: Journal, state: string, isSure = false): void {
    journal.state = state;
    const message = { source: 'alpaca.journal', state, reference: journal.id };
    this.#say({ message, name: journal.description, isSure });
  }

  #add(places: Map<string, bigint>, place: string, units: bigint): void {
    places.set(place, (places.get(place) ?? 0n) + units);
  }
}

interface TransferInput {
  readonly idempotencyKey: string;
  readonly walletId: string;
  readonly destinationAddress: string;
  readonly amount: string;
  readonly refId: string;
}

interface JournalInput {
  readonly idempotencyKey: string;
  readonly fromAccountId: string;
  readonly toAccountId: string;
  readonly amount: string;
  readonly description: string;
}

function isOver(state: string): boolean {
  return state === 'complete' || (FAILURES as readonly string[]).includes(state);
}

function known<T>(found: T | undefined, provider: 'circle' | 'mint' | 'alpaca'): T {
  if (found === undefined) throw new Refused('not found', { provider, operation: 'get', code: '404', httpStatus: 404 });
  return found;
}

function shown(transfer: Transfer) {
  const { id, walletId, refId, state, txHash, errorReason } = transfer;
  const outcome = state === 'complete' ? 'succeeded' : isOver(state) ? 'failed' : 'pending';
  return { id, walletId, refId, state, outcome, errorReason, txHash: state === 'queued' ? null : txHash };
}

function mintShown({ id, state, units, txHash }: MintTransfer) {
  const outcome = state === 'complete' ? 'succeeded' : state;
  return { id, outcome, amount: formatUnits(units), txHash, errorCode: null };
}

function journalShown({ id, state, description }: Journal) {
  return { id, providerState: state.toUpperCase(), description };
}
