/** Circle Mint in memory: dollars, what reaches it on chain, and what it sends to our treasury wallet. */
import { formatUnits, parseUnits } from '../../domain/money.ts';
import type { Engine } from '../clock/engine.ts';
import type { Faults } from './faults.ts';
import { known, type Word } from './word.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Where transfers to Mint are sent on chain. */
export const MINT_ADDRESS = '0xmint';
/** Our treasury wallet in Mint's address book. */
export const TREASURY_RECIPIENT = 'recipient-treasury';
const FAILURES = ['transfer_failed', 'blockchain_error'] as const;

/** What Mint was sent, or sends. */
export interface MintTransfer {
  readonly id: string;
  readonly direction: 'in' | 'out';
  readonly txHash: string;
  readonly units: bigint;
  readonly key: string;
  errorCode: string | null;
  state: 'pending' | 'complete' | 'failed';
}

interface TransferInput {
  readonly idempotencyKey: string;
  readonly addressId: string;
  readonly amount: string;
}

export class Mint {
  readonly transfers = new Map<string, MintTransfer>();
  /** Dollars that are free. */
  units = 0n;
  readonly #engine: Engine;
  readonly #faults: Faults;
  readonly #say: (word: Word) => void;
  /** USDC of Mint's making arrives in our treasury wallet. */
  readonly #deliver: (units: bigint) => void;
  readonly #keys = new Map<string, MintTransfer>();

  constructor(engine: Engine, faults: Faults, say: (word: Word) => void, deliver: (units: bigint) => void) {
    this.#engine = engine;
    this.#faults = faults;
    this.#say = say;
    this.#deliver = deliver;
  }

  /** The client as activities know it, as far as they use it. */
  client() {
    return {
      createTransfer: async (input: TransferInput) =>
        this.#faults.write('mint', 'createTransfer', this.#keys.has(input.idempotencyKey), () =>
          this.#create(input),
        ),
      getTransfer: async (id: string) =>
        this.#faults.read('mint', 'getTransfer', () => shown(known(this.transfers.get(id), 'mint'))),
      findTransferByHash: async ({ txHash }: { readonly txHash: string }) =>
        this.#faults.read('mint', 'findTransferByHash', () => {
          for (const transfer of this.transfers.values())
            if (transfer.txHash === txHash) return shown(transfer);
          return null;
        }),
    };
  }

  /** Mint takes every request, and says later by an error code when there are too few dollars for it. */
  #create({ idempotencyKey, addressId, amount }: TransferInput): ReturnType<typeof shown> {
    const repeated = this.#keys.get(idempotencyKey);
    if (repeated) return shown(repeated);
    if (addressId !== TREASURY_RECIPIENT) throw new Error(`Mint knows no recipient ${addressId}`);
    const transfer = this.#open(
      'out',
      parseUnits(amount),
      `0xmint-out-${this.transfers.size}`,
      idempotencyKey,
    );
    this.#keys.set(idempotencyKey, transfer);
    const { random } = this.#engine;
    if (this.units < transfer.units) {
      this.#engine.after(random.integer(1, 30) * SECOND, () => this.#fail(transfer, 'insufficient_funds'));
      return shown(transfer);
    }
    this.units -= transfer.units;
    this.#says(transfer, 'pending', transfer.units);
    const isSlow = this.#faults.strikes('stuck');
    this.#engine.after(random.integer(2, isSlow ? 24 * 3_600 : 900) * SECOND, () => this.#end(transfer));
    return shown(transfer);
  }

  #end(transfer: MintTransfer): void {
    const isDenied = this.#faults.strikes('denies');
    if (isDenied || this.#faults.strikes('fails')) {
      this.units += transfer.units;
      this.#fail(transfer, isDenied ? 'transfer_denied' : this.#engine.random.pick(FAILURES));
      return;
    }
    transfer.state = 'complete';
    this.#deliver(transfer.units);
    this.#says(transfer, 'complete', transfer.units);
  }

  #fail(transfer: MintTransfer, code: string): void {
    Object.assign(transfer, { state: 'failed', errorCode: code });
    this.#says(transfer, 'failed', transfer.units);
  }

  /** Mint sees a transfer to it; at times it first reports it as failed, or with another amount, and puts it right. */
  receive({ txHash, units }: { readonly txHash: string; readonly units: bigint }): void {
    const { random } = this.#engine;
    const credited = this.#open('in', units, txHash, '');
    this.#engine.after(random.integer(1, 400) * SECOND, () => {
      if (this.#faults.strikes('fails')) this.#says(credited, 'failed', units);
      if (this.#faults.strikes('fails')) this.#says(credited, 'complete', units - 10_000n);
      this.#engine.after(random.integer(0, 60) * MINUTE, () => {
        credited.state = 'complete';
        this.units += units;
        this.#says(credited, 'complete', units);
      });
    });
  }

  #open(direction: 'in' | 'out', units: bigint, txHash: string, key: string): MintTransfer {
    const id = `mint-${this.transfers.size}`;
    const transfer: MintTransfer = { id, direction, txHash, units, key, errorCode: null, state: 'pending' };
    this.transfers.set(id, transfer);
    return transfer;
  }

  #says({ id, txHash, errorCode }: MintTransfer, state: string, units: bigint): void {
    const because = errorCode === null ? {} : { error_reason: errorCode };
    const amount = formatUnits(units);
    const message = { source: 'mint.transfer', state, reference: id, tx_hash: txHash, amount, ...because };
    this.#say({ message, name: null });
  }
}

function shown({ id, state, units, txHash, errorCode }: MintTransfer) {
  const outcome = state === 'complete' ? 'succeeded' : state;
  return { id, outcome, amount: formatUnits(units), txHash, errorCode };
}
