/** What the API asks of the wires' workflows; wired to Temporal by server.ts. */
import type { WireKind } from '../../domain/funding/wire.ts';

/** Who acts: names the person and the request in the audit. */
interface Actor {
  readonly userId: string;
  readonly requestId: string;
  /** The same for every repetition of one request. */
  readonly operationId: string;
}

export interface WireRequest extends Actor {
  readonly kind: WireKind;
  readonly chain: string | null;
  readonly amountUsd: string;
  readonly reason: string;
}

export interface WirePort {
  /** Writes down the wire and starts it; another person must approve it. @returns its id. */
  request(request: WireRequest): Promise<string>;
  /** One person's word. @returns why it did not count, or that it did. */
  vote(
    wireId: string,
    vote: Actor & { readonly approve: boolean; readonly note: string },
  ): Promise<'counted' | 'not_waiting' | 'own_request' | 'same_person'>;
  /** @returns false when it has been ordered already, or has ended. */
  cancel(wireId: string, wish: Actor & { readonly note: string }): Promise<boolean>;
}
