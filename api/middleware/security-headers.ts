/** The headers that helmet recommends, worked out once: they are the same for every answer. */
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';

/** Makes the middleware. @throws Error when helmet does not answer at once. */
export function securityHeaders() {
  const sample = new ServerResponse({ method: 'GET' } as IncomingMessage);
  let done = false;
  helmet()({} as IncomingMessage, sample, () => {
    done = true;
  });
  if (!done) throw new Error('helmet did not set its headers at once');
  const headers = Object.entries(sample.getHeaders()).map(([name, value]) => [name, String(value)] as const);
  return (_request: Request, response: Response, next: NextFunction): void => {
    for (const [name, value] of headers) response.setHeader(name, value);
    next();
  };
}
