/** Lets the scripts of the Temporal Web UI, and of nobody else, ask the codec endpoint from their own origin. */
import type { NextFunction, Request, Response } from 'express';

const CODEC_PATH = /^\/v1\/codec\/(decode|encode)$/;
const ALLOWED_HEADERS = 'Authorization, Authorization-Extras, Content-Type, X-Namespace, X-Request-Id';

/** Fetch standard: CORS with credentials, so that the staff cookie is sent. */
export function codecCors(origins: readonly string[]) {
  const allowed = new Set(origins);
  return (request: Request, response: Response, next: NextFunction): void => {
    const origin = request.get('origin');
    if (origin === undefined || !CODEC_PATH.test(request.path)) {
      next();
      return;
    }
    response.vary('Origin');
    if (allowed.has(origin)) {
      response.set('Access-Control-Allow-Origin', origin);
      response.set('Access-Control-Allow-Credentials', 'true');
      response.set('Cross-Origin-Resource-Policy', 'cross-origin');
    }
    if (request.method !== 'OPTIONS') {
      next();
      return;
    }
    if (allowed.has(origin)) {
      response.set('Access-Control-Allow-Methods', 'POST');
      response.set('Access-Control-Allow-Headers', ALLOWED_HEADERS);
      response.set('Access-Control-Max-Age', '600');
    }
    response.status(204).end();
  };
}
