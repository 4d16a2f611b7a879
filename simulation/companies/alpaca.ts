/** Alpaca in memory: accounts, and journals between them. */
import { parseUnits } from '../../domain/money.ts';
import type { Engine } from '../clock/engine.ts';
import type { Faults } from './faults.ts';
import { add, held, known, no, type Word } from './word.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DEAD = ['rejected', 'refused', 'canceled'] as const;
/** The states in which the money is set aside and has not arrived. */
const UNDER_WAY: readonly string[] = ['queued', 'sent_to_clearing', 'pending'];
export const FIRM = 'firm';

/** A journal at Alpaca. */
export interface Journal {
  readonly at: number;
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly units: bigint;
  readonly description: string;
  state: string;
}

interface JournalInput {
  readonly idempotencyKey: string;
  readonly fromAccountId: string;
  readonly toAccountId: string;
  readonly amount: string;
  readonly description: string;
}

export class Alpaca {
  readonly journals = new Map<string, Journal>();
  /** Units by account. */
  readonly accounts = new Map<string, bigint>();
  readonly #engine: Engine;
  readonly #faults: Faults;
  readonly #say: (word: Word) => void;
  readonly #keys = new Map<string, Journal>();

  constructor(engine: Engine, faults: Faults, say: (word: Word) => void) {
    this.#engine = engine;
    this.#faults = faults;
    this.#say = say;
  }

  /** The client as activities know it, as far as they use it. */
  client() {
    return {
      createJournal: async (input: JournalInput) =>
        this.#faults.write('alpaca', 'createJournal', this.#keys.has(input.idempotencyKey), () =>
          this.#create(input),
        ),
      findJournal: async ({ description }: { readonly description: string }) =>
        this.#faults.read('alpaca', 'findJournal', () => {
          for (const journal of this.journals.values())
            if (journal.description === description) return journalShown(journal);
          return null;
        }),
      getJournal: async (id: string) =>
        this.#faults.read('alpaca', 'getJournal', () => journalShown(known(this.journals.get(id), 'alpaca'))),
      cancelJournal: async (id: string) =>
        this.#faults.write('alpaca', 'cancelJournal', true, () =>
          this.#cancel(known(this.journals.get(id), 'alpaca')),
        ),
    };
  }

  #create(input: JournalInput): ReturnType<typeof journalShown> {
    const repeated = this.#keys.get(input.idempotencyKey);
    if (repeated) return journalShown(repeated);
    const units = parseUnits(input.amount);
    if (held(this.accounts, input.fromAccountId) < units)
      throw no('alpaca', 'createJournal', '40310000', 'amount not available', 403);
    const { random } = this.#engine;
    const journal: Journal = {
      ...{ id: `journal-${this.journals.size}`, from: input.fromAccountId, to: input.toAccountId, units },
      ...{ description: input.description, state: 'queued', at: this.#engine.now },
    };
    this.journals.set(journal.id, journal);
    this.#keys.set(input.idempotencyKey, journal);
    // What is promised is not free for another journal.
    add(this.accounts, journal.from, -units);
    if (random.chance(0.6)) this.#execute(journal);
    else {
      const isHeld = random.chance(0.3);
      this.#engine.after(random.integer(1, 60) * SECOND, () => {
        if (UNDER_WAY.includes(journal.state)) this.#says(journal, isHeld ? 'pending' : 'sent_to_clearing');
      });
      this.#engine.after(random.integer(61, isHeld ? 86_400 : 3_600) * SECOND, () => this.#settle(journal));
    }
    return journalShown(journal);
  }

  #settle(journal: Journal): void {
    if (!UNDER_WAY.includes(journal.state)) return;
    if (this.#faults.strikes('fails')) this.#die(journal, this.#engine.random.pick(DEAD));
    else this.#execute(journal);
  }

  /** Alpaca: only a journal that is pending can be canceled. */
  #cancel(journal: Journal): void {
    if (journal.state !== 'pending')
      throw no('alpaca', 'cancelJournal', '42210000', 'journal is not in the pending status', 422);
    this.#die(journal, 'canceled');
  }

  #die(journal: Journal, state: string): void {
    add(this.accounts, journal.from, journal.units);
    this.#says(journal, state);
  }

  #execute(journal: Journal): void {
    add(this.accounts, journal.to, journal.units);
    this.#says(journal, 'executed');
    if (!this.#faults.strikes('takenBack')) return;
    this.#engine.after(this.#engine.random.integer(1, 48) * HOUR, () => {
      add(this.accounts, journal.to, -journal.units);
      add(this.accounts, journal.from, journal.units);
      this.#says(journal, 'correct', true);
    });
  }

  #says(journal: Journal, state: string, isSure = false): void {
    journal.state = state;
    const message = { source: 'alpaca.journal', state, reference: journal.id };
    this.#say({ message, name: journal.description, isSure });
  }
}

function journalShown({ id, state, description }: Journal) {
  return { id, providerState: state.toUpperCase(), description };
}
