/** The API as an express application: platform middleware around the declared endpoints. */
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { ApiDeps } from './deps.ts';
import { errorHandler } from './middleware/error-handler.ts';
import { createLimiters } from './middleware/rate-limit.ts';
import { contextOf, requestContext } from './middleware/request-context.ts';
import { requestLog } from './middleware/request-log.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { methodNotAllowed, pipeline } from './pipeline.ts';
import { codecCors } from './platform/codec-cors.ts';
import { ProblemError } from './problem.ts';
import type { Method, Route } from './route.ts';
import { ROUTES } from './routes.ts';

export interface AppOptions {
  /** Endpoints that verify and store what providers send; they read the raw body themselves. */
  readonly webhooks?: express.Router;
  /** Other endpoints than those of the table: for tests of what every endpoint has in common. */
  readonly routes?: readonly Route[];
}

const WEBHOOKS = '/v1/webhooks';

/** Names what is not a declared endpoint in the log and the measurements. */
function named(route: string) {
  return (request: Request, _response: Response, next: NextFunction): void => {
    contextOf(request).route = route;
    next();
  };
}

/** Builds the application. Nothing is opened here: connections come with `deps` and stay the caller's. */
export function createApp(deps: ApiDeps, options: AppOptions = {}): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.set('trust proxy', [...(deps.trustedProxies ?? [])]);
  app.set('strict routing', true);
  app.set('case sensitive routing', true);
  app.use(requestContext);
  app.use(requestLog(deps.log, deps.metrics));
  app.use(securityHeaders());
  if (options.webhooks) app.use(WEBHOOKS, named(WEBHOOKS), options.webhooks);
  // Who opens the bare address in a browser wants to know what this is.
  app.get('/', (_request: Request, response: Response) => response.redirect(302, '/docs'));
  app.use(codecCors(deps.codecOrigins));
  mountRoutes(app, options.routes ?? ROUTES, deps);
  app.use((_request: Request, _response: Response, next: NextFunction) =>
    next(new ProblemError('route_not_found')),
  );
  app.use(errorHandler(deps.log, deps.publicUrl));
  return app;
}

function mountRoutes(app: Express, routes: readonly Route[], deps: ApiDeps): void {
  const limiters = createLimiters(deps.rateLimits);
  const methodsOf = new Map<string, Method[]>();
  for (const route of routes) {
    const { method, path } = route.spec;
    app[method.toLowerCase() as 'get'](path, pipeline(route, deps, limiters));
    methodsOf.set(path, [...(methodsOf.get(path) ?? []), method]);
  }
  for (const [path, methods] of methodsOf) {
    const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'];
    app.all(path, (request, response, next) => {
      if (request.method !== 'OPTIONS') next(methodNotAllowed(allow));
      else response.status(204).set('Allow', allow.join(', ')).end();
    });
  }
}
