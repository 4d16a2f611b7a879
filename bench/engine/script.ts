/** What the engine variant does: the shape of one deposit's history, with the same things in it, and no deposit. */

/** Anything that a payload may hold. */
export type Json = null | string | number | boolean | readonly Json[] | { readonly [name: string]: Json };

export type Step =
  /** Goes on when that many signals have come. */
  | { readonly kind: 'signals'; readonly count: number }
  /** Starts a timer, and takes it back. */
  | { readonly kind: 'timer'; readonly id: string; readonly milliseconds: number; readonly summary: string }
  | { readonly kind: 'no timer'; readonly id: string }
  | {
      readonly kind: 'local activity';
      readonly name: string;
      readonly summary: string;
      readonly result: Json;
    }
  | {
      readonly kind: 'activity';
      readonly id: string;
      readonly name: string;
      readonly summary: string;
      readonly giveUpAfterSeconds: number;
      readonly input: Json;
      readonly result: Json;
    }
  /** Waits for the activity with that id, which an earlier step began. */
  | { readonly kind: 'answer'; readonly id: string }
  | {
      readonly kind: 'attributes';
      readonly values: readonly { readonly name: string; readonly value: Json }[];
    };

/** A signal and the step whose activity has run when it is sent; -1: at once. */
export interface ScriptedSignal {
  readonly message: Json;
  /** What went along with it, the oldest first. */
  readonly earlier: readonly Json[];
  readonly after: number;
}

export interface Script {
  /** Of the deposit that was recorded: where it stands in inputs, the variant puts its own. */
  readonly depositId: string;
  readonly userId: string | null;
  readonly steps: readonly Step[];
  readonly signals: readonly ScriptedSignal[];
  readonly result: Json;
  /** Of the history that this was read from. */
  readonly events: number;
}
