/** Writes that carry an entity secret ciphertext and an idempotency key in their body. */
import type { Reply, Route, SandboxRequest } from '../kernel/http.ts';
import { digestOf } from '../kernel/idempotency.ts';
import { idempotencyKeyOf } from './credentials.ts';
import { problem } from './problem.ts';
import type { CircleWorld } from './world.ts';

/**
 * A route whose first request with a key answers 201 and whose repetition answers 200 with the same body,
 * whatever
 * happened since. Circle: W3S OpenAPI, 200 and 201 of each create operation.
 */
export function idempotentRoute(
  world: CircleWorld,
  path: string,
  operation: string,
  handle: (request: SandboxRequest, idempotencyKey: string) => unknown,
  firstStatus = 201,
): Route {
  const { keys, kernel } = world;
  return {
    method: 'POST',
    path,
    operation,
    handle(request): Reply {
      if (request.malformed) throw problem(2, 'the body is not JSON.');
      const { entitySecretCiphertext, idempotencyKey: _key, ...content } = request.body;
      const key = idempotencyKeyOf(request.body);
      keys.spendCiphertext(entitySecretCiphertext);
      const digest = digestOf({ content, params: request.params });
      const known = kernel.idempotency.recall(operation, key);
      if (known && known.digest !== digest) throw problem(156020);
      if (known) return { status: 200, body: known.body };
      const body = { data: handle(request, key) };
      kernel.idempotency.remember({ scope: operation, key, digest, status: firstStatus, body });
      return { status: firstStatus, body };
    },
  };
}
