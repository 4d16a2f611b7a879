/** Circle and Mint in memory, and the broker beside them: what they hold, what they do when asked, what they say. */

import { formatUnits, parseUnits } from '../domain/money.ts';
import { Refused } from '../domain/provider-error.ts';
import { Broker } from './broker.ts';
import type { Engine } from './engine.ts';
import type { Faults } from './faults.ts';
import { add, known, type Word } from './words.ts';

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

const FAILURES = ['failed', 'denied', 'canceled'] as const;

export class Companies {
  readonly transfers = new Map<string, Transfer>();
  readonly mintTransfers = new Map<string, MintTransfer>();
  /** Units by Circle wallet id. */
  readonly wallets = new Map<string, bigint>();
  mint = 0n;
  /** Units that have left to addresses outside, by our name of the transfer. */
  readonly paidOut = new Map<string, bigint>();
  readonly #engine: Engine;
  readonly #faults: Faults;
  readonly #say: (word: Word) => void;
  readonly #keys = new Map<string, Transfer>();
  readonly broker: Broker;

  constructor(engine: Engine, faults: Faults, say: (word: Word) => void) {
    this.#engine = engine;
    this.#faults = faults;
    this.#say = say;
    this.broker = new Broker(engine, faults, say);
  }

  /** The clients as activities know them, as far as deposits use them. */
  clients() {
    return {
      circle: {
        createTransfer: async (input: TransferInput) =>
          this.#faults.write('circle', 'createTransfer', this.#keys.has(input.idempotencyKey), () =>
            this.#send(input),
          ),
        findTransfer: async ({ refId }: { readonly refId: string }) =>
          this.#faults.read('circle', 'findTransfer', () => {
            const found = [...this.transfers.values()].find((one) => one.refId === refId);
            return found ? shown(found) : null;
          }),
        getTransaction: async (id: string) =>
          this.#faults.read('circle', 'getTransaction', () => shown(known(this.transfers.get(id), 'circle'))),
        accelerate: async ({ transactionId }: { readonly transactionId: string }) =>
          this.#faults.write('circle', 'accelerate', false, () => this.#accelerate(transactionId)),
      },
      mint: {
        findTransferByHash: async ({ txHash }: { readonly txHash: string }) =>
          this.#faults.read('mint', 'findTransferByHash', () => {
            const found = [...this.mintTransfers.values()].find((one) => one.txHash === txHash);
            return found ? mintShown(found) : null;
          }),
      },
      alpaca: this.broker.clients(),
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
    const isThere = (this.wallets.get(transfer.walletId) ?? 0n) >= transfer.units;
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
    if ((this.wallets.get(input.walletId) ?? 0n) < units || units <= 0n)
      throw new Refused('the wallet does not hold that much', {
        provider: 'circle',
        operation: 'createTransfer',
        code: '155201',
      });
    const transfer: Transfer = {
      ...{
        id: `transfer-${this.transfers.size}`,
        walletId: input.walletId,
        refId: input.refId,
        units,
        token: 'USDC',
      },
      ...{ destination: input.destinationAddress, txHash: `0xout${this.transfers.size}`, state: 'queued' },
      errorReason: null,
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
    if (this.#faults.strikes('fails')) {
      add(this.wallets, transfer.walletId, transfer.units);
      transfer.errorReason = 'simulated';
      this.#outbound(transfer, this.#engine.random.pick(FAILURES));
      return;
    }
    this.#outbound(transfer, 'complete');
    if (transfer.destination === '0xmint') this.#credit(transfer);
    else add(this.paidOut, transfer.refId ?? '', transfer.units);
  }

  #outbound(transfer: Transfer, state: string): void {
    transfer.state = state;
    const { id, txHash, errorReason, refId } = transfer;
    const because = errorReason === null ? {} : { error_reason: errorReason };
    this.#say({
      message: { source: 'circle.outbound', state, reference: id, tx_hash: txHash, ...because },
      name: refId,
    });
  }

  #accelerate(id: string): { id: string } {
    const transfer = known(this.transfers.get(id), 'circle');
    this.#engine.after(this.#engine.random.integer(5, 300) * SECOND, () => this.#end(transfer));
    return { id };
  }

  /** Mint sees the transfer; at times it first reports it as failed, or with another amount, and puts it right. */
  #credit({ txHash, units }: Transfer): void {
    const { random } = this.#engine;
    const credited: MintTransfer = {
      id: `mint-${this.mintTransfers.size}`,
      txHash,
      units,
      key: '',
      state: 'pending',
    };
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
    const message = {
      source: 'mint.transfer',
      state,
      reference: id,
      tx_hash: txHash,
      amount: formatUnits(units),
    };
    this.#say({ message, name: null });
  }
}

interface TransferInput {
  readonly idempotencyKey: string;
  readonly walletId: string;
  readonly destinationAddress: string;
  readonly amount: string;
  readonly refId: string;
}

function isOver(state: string): boolean {
  return state === 'complete' || (FAILURES as readonly string[]).includes(state);
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
