/** Circle in memory: wallets, and the transfers into and out of them. */
import { formatUnits, parseUnits } from '../../domain/money.ts';
import type { Engine } from '../clock/engine.ts';
import type { Faults } from './faults.ts';
import { add, held, known, no, type Word } from './word.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const FAILURES = ['failed', 'denied', 'canceled'] as const;
/** Circle's reason for too little USDC in the wallet. */
const FLOAT_MISSING = 'INSUFFICIENT_TOKEN';

/** A transfer at Circle, in or out. */
export interface Transfer {
  readonly at: number;
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

interface TransferInput {
  readonly idempotencyKey: string;
  readonly walletId: string;
  readonly destinationAddress: string;
  readonly amount: string;
  readonly refId: string;
}

/** Whom a transfer out reaches, and what may become of it later. */
export interface Outside {
  /** The transfer is final: it may be for another company. */
  arrived(transfer: Transfer): void;
  /** Whether the chain may drop it although it had been final. */
  mayBeDropped(transfer: Transfer): boolean;
}

export class Circle {
  readonly transfers = new Map<string, Transfer>();
  /** Units by Circle wallet id. */
  readonly wallets = new Map<string, bigint>();
  /** Units that have left to addresses outside, by our name of the transfer. */
  readonly paidOut = new Map<string, bigint>();
  readonly #engine: Engine;
  readonly #faults: Faults;
  readonly #say: (word: Word) => void;
  readonly #outside: Outside;
  readonly #keys = new Map<string, Transfer>();

  constructor(engine: Engine, faults: Faults, say: (word: Word) => void, outside: Outside) {
    this.#engine = engine;
    this.#faults = faults;
    this.#say = say;
    this.#outside = outside;
  }

  /** The client as activities know it, as far as they use it. */
  client() {
    return {
      createTransfer: async (input: TransferInput) =>
        this.#faults.write('circle', 'createTransfer', this.#keys.has(input.idempotencyKey), () =>
          this.#send(input),
        ),
      findTransfer: async ({ refId }: { readonly refId: string }) =>
        this.#faults.read('circle', 'findTransfer', () => {
          for (const transfer of this.transfers.values())
            if (transfer.refId === refId) return shown(transfer);
          return null;
        }),
      getTransaction: async (id: string) =>
        this.#faults.read('circle', 'getTransaction', () => shown(known(this.transfers.get(id), 'circle'))),
      accelerate: async ({ transactionId }: { readonly transactionId: string }) =>
        this.#faults.write('circle', 'accelerate', false, () => this.#accelerate(transactionId)),
    };
  }

  /** Somebody sends something to a customer's wallet; it becomes final, or the network drops it. */
  receive(id: string, walletId: string, token: string, units: bigint, mayBeTakenBack: boolean): void {
    const { random } = this.#engine;
    const transfer: Transfer = {
      ...{ id, walletId, refId: null, units, token, destination: walletId },
      ...{ txHash: `0x${id}`, state: 'initiated', errorReason: null, at: this.#engine.now },
    };
    this.transfers.set(id, transfer);
    this.#engine.after(random.integer(1, 60) * SECOND, () => {
      if (transfer.state === 'initiated') this.#inbound(transfer, 'confirmed');
    });
    this.#engine.after(random.integer(61, 20 * 60) * SECOND, () => {
      if (this.#faults.strikes('fails')) {
        this.#inbound(transfer, random.pick(['failed', 'canceled']));
        return;
      }
      add(this.wallets, token === 'USDC' ? walletId : `${walletId}|${token}`, units);
      this.#inbound(transfer, 'complete');
      if (!mayBeTakenBack || token !== 'USDC' || !this.#faults.strikes('takenBack')) return;
      this.#engine.after(random.integer(1, 300) * MINUTE, () => this.#takeBack(transfer));
    });
  }

  /** The chain drops a transfer that had been final: its USDC is gone, unless it has been sent on. */
  #takeBack(transfer: Transfer): void {
    const isThere = held(this.wallets, transfer.walletId) >= transfer.units;
    // While our transfer is under way it depends on this one: the chain drops none of them here.
    const isUnderWay = [...this.transfers.values()].some(
      (one) => one.walletId === transfer.walletId && one.refId !== null && !isOver(one.state),
    );
    if (isUnderWay) return;
    if (isThere) add(this.wallets, transfer.walletId, -transfer.units);
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
    if (held(this.wallets, input.walletId) < units || units <= 0n)
      throw no('circle', 'createTransfer', '155201', 'the wallet does not hold that much');
    const number = this.transfers.size;
    const transfer: Transfer = {
      ...{ id: `transfer-${number}`, walletId: input.walletId, refId: input.refId, units, token: 'USDC' },
      ...{ destination: input.destinationAddress, txHash: `0xout${number}`, state: 'queued' },
      ...{ errorReason: null, at: this.#engine.now },
    };
    this.transfers.set(transfer.id, transfer);
    this.#keys.set(input.idempotencyKey, transfer);
    add(this.wallets, input.walletId, -units);
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
    const { random } = this.#engine;
    const isDenied = this.#faults.strikes('denies');
    if (isDenied || this.#faults.strikes('fails')) {
      add(this.wallets, transfer.walletId, transfer.units);
      const state = isDenied ? 'denied' : random.pick(FAILURES);
      transfer.errorReason = state === 'failed' ? random.pick(['simulated', FLOAT_MISSING]) : 'simulated';
      this.#outbound(transfer, state);
      return;
    }
    this.#outbound(transfer, 'complete');
    add(this.paidOut, transfer.refId ?? '', transfer.units);
    this.#outside.arrived(transfer);
    if (!this.#outside.mayBeDropped(transfer) || !this.#faults.strikes('takenBack')) return;
    this.#engine.after(random.integer(1, 300) * MINUTE, () => {
      add(this.paidOut, transfer.refId ?? '', -transfer.units);
      add(this.wallets, transfer.walletId, transfer.units);
      transfer.errorReason = 'BLOCK_REORGANIZED';
      this.#outbound(transfer, 'failed', true);
    });
  }

  #outbound(transfer: Transfer, state: string, isSure = false): void {
    transfer.state = state;
    const { id, txHash, errorReason, refId } = transfer;
    const because = errorReason === null ? {} : { error_reason: errorReason };
    const message = { source: 'circle.outbound', state, reference: id, tx_hash: txHash, ...because };
    this.#say({ message, name: refId, isSure });
  }

  #accelerate(id: string): { id: string } {
    const transfer = known(this.transfers.get(id), 'circle');
    this.#engine.after(this.#engine.random.integer(5, 300) * SECOND, () => this.#end(transfer));
    return { id };
  }
}

function isOver(state: string): boolean {
  return state === 'complete' || (FAILURES as readonly string[]).includes(state);
}

function shown(transfer: Transfer) {
  const { id, walletId, refId, state, txHash, errorReason } = transfer;
  const outcome = state === 'complete' ? 'succeeded' : isOver(state) ? 'failed' : 'pending';
  return { id, walletId, refId, state, outcome, errorReason, txHash: state === 'queued' ? null : txHash };
}
