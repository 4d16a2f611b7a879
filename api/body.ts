/** Reads the body of a request: bytes up to a limit, then UTF-8, then JSON. */
import express, { type Request, type Response } from 'express';
import { ProblemError } from './problem.ts';
import type { RouteSpec } from './route.ts';

const DEFAULT_BODY_LIMIT = 64 * 1024;

type RawParser = (request: Request, response: Response) => Promise<Buffer | undefined>;

/** Makes the reader of one endpoint's bodies. */
export function rawBodyReader(spec: RouteSpec): RawParser {
  const parse = express.raw({
    type: () => true,
    limit: spec.bodyLimit ?? DEFAULT_BODY_LIMIT,
    inflate: false,
  });
  return (request, response) =>
    new Promise((resolve, reject) => {
      parse(request, response, (error?: unknown) => {
        if (error === undefined) resolve(Buffer.isBuffer(request.body) ? request.body : undefined);
        else reject(bodyProblem(error, spec.bodyLimit ?? DEFAULT_BODY_LIMIT));
      });
    });
}

function bodyProblem(error: unknown, limit: number): unknown {
  const type = (error as { type?: string }).type;
  if (type === 'entity.too.large') {
    return new ProblemError('payload_too_large', `The body may have at most ${limit} bytes.`, {
      cause: error,
    });
  }
  if (type === 'encoding.unsupported') {
    return new ProblemError('unsupported_media_type', 'Send the body without a content encoding.', {
      cause: error,
    });
  }
  if (type === 'request.aborted' || type === 'request.size.invalid') {
    return new ProblemError('malformed_request', 'The body does not have the announced length.', {
      cause: error,
    });
  }
  return error;
}

/**
 * The JSON of a body; undefined for an empty one.
 * @throws {ProblemError} unsupported_media_type, malformed_json.
 */
export function parseJsonBody(request: Request, raw: Buffer | undefined): unknown {
  if (raw === undefined || raw.length === 0) return undefined;
  const [type = '', ...parameters] = (request.get('content-type') ?? '').toLowerCase().split(';');
  if (type.trim() !== 'application/json') throw new ProblemError('unsupported_media_type');
  const charset = parameters.map((part) => part.trim()).find((part) => part.startsWith('charset='));
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) {
    throw new ProblemError('unsupported_media_type', 'Send the body in UTF-8.');
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw));
  } catch (cause) {
    throw new ProblemError('malformed_json', describe(cause), { cause });
  }
}

/** Where the parser stopped, without repeating the body. */
function describe(cause: unknown): string {
  const place = /at position (\d+)/.exec((cause as Error).message)?.[1];
  if (cause instanceof TypeError) return 'The body is not UTF-8.';
  return place === undefined
    ? 'The body is not one JSON document.'
    : `The body is not JSON at position ${place}.`;
}
