/** The workflow of the engine variant: makes the history that its script says, and does nothing. */
import {
  CancellationScope,
  condition,
  setHandler,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { SEARCH } from '../../workflows/contract.ts';
import { type DepositInput, providerEvent } from '../../workflows/funding/deposit-messages.ts';
import { databaseSteps, providerCalls } from '../../workflows/runtime/proxies.ts';
import type { Json, Script, Step } from './script.ts';

/** What a local activity of the variant is told; the history does not hold what those of a deposit were told. */
export interface LocalInput {
  readonly deposit_id: string;
  readonly step: number;
}

type Run = (input: unknown) => Promise<unknown>;
type Attribute = Parameters<typeof upsertSearchAttributes>[0] & readonly unknown[];
const KEYS = new Map(Object.values(SEARCH).map((key) => [key.name, key]));

/** A workflow that follows the script, with the proxies that a deposit's activities have. */
export function follow(script: Script): (input: DepositInput) => Promise<Json> {
  return async ({ deposit_id }) => {
    const run = new Follower(deposit_id, script);
    setHandler(providerEvent, () => run.hear());
    for (const index of script.steps.keys()) await run.step(index);
    return script.result;
  };
}

class Follower {
  readonly #depositId: string;
  readonly #script: Script;
  readonly #timers = new Map<string, CancellationScope>();
  readonly #answers = new Map<string, Promise<unknown>>();
  #heard = 0;

  constructor(depositId: string, script: Script) {
    this.#depositId = depositId;
    this.#script = script;
  }

  hear(): void {
    this.#heard += 1;
  }

  async step(index: number): Promise<void> {
    const step = this.#script.steps[index] as Step;
    switch (step.kind) {
      case 'signals':
        return condition(() => this.#heard >= step.count);
      case 'timer':
        return this.#begin(step);
      case 'no timer':
        return this.#timers.get(step.id)?.cancel();
      case 'local activity': {
        const { [step.name]: run } = databaseSteps<Record<string, Run>>({ [step.name]: step.summary });
        const input: LocalInput = { deposit_id: this.#depositId, step: index };
        await run?.(input);
        return;
      }
      case 'activity': {
        const proxy = providerCalls<Record<string, Run>>(step.giveUpAfterSeconds, {
          [step.name]: step.summary,
        });
        this.#answers.set(step.id, proxy[step.name]?.(this.#own(step.input)) ?? Promise.resolve());
        return;
      }
      case 'answer':
        await this.#answers.get(step.id);
        return;
      case 'attributes':
        upsertSearchAttributes(
          step.values.map(({ name, value }) => ({ key: KEYS.get(name), value })) as unknown as Attribute,
        );
    }
  }

  #begin({ id, milliseconds, summary }: Extract<Step, { readonly kind: 'timer' }>): void {
    const scope = new CancellationScope();
    this.#timers.set(id, scope);
    // Its end is always the cancellation.
    scope.run(() => sleep(milliseconds, { summary })).catch(() => undefined);
  }

  /** The input with this deposit's id where the recorded one's stood. */
  #own(input: Json): unknown {
    return { ...(input as object), deposit_id: this.#depositId };
  }
}
