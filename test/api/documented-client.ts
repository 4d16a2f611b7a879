/** Calls the API and fails when an answer is not one that the OpenAPI document promises. */
import { openApiDocument } from '../../api/openapi.ts';
import { ROUTES } from '../../api/routes.ts';
import { type ApiClient, apiClient } from '../support/http.ts';

interface Answer {
  readonly content?: Record<string, unknown>;
  readonly headers?: Record<string, unknown>;
  readonly 'x-problem-codes'?: readonly string[];
}
interface Operation {
  readonly operationId: string;
  readonly responses: Record<string, Answer & { readonly $ref?: string }>;
}

export const DOCUMENT = openApiDocument(ROUTES, 'https://sluice.test') as {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: Record<string, Record<string, unknown>>;
};

/** Headers that come with every answer and are not promises of one endpoint. */
const PROMISED = ['retry-after', 'www-authenticate', 'location', 'idempotent-replayed', 'ratelimit'];

function operationOf(method: string, path: string): Operation | undefined {
  const plain = path.split('?')[0] ?? '';
  for (const [template, operations] of Object.entries(DOCUMENT.paths)) {
    const form = new RegExp(`^${template.replace(/[.]/g, '\\.').replace(/\{[a-z_]+\}/g, '[^/]+')}$`);
    const operation = operations[method.toLowerCase()];
    if (operation && form.test(plain)) return operation;
  }
  return undefined;
}

/** What the document says of an answer; refusals stand among the components. */
export function answerOf(operation: Operation | undefined, status: number): Answer | undefined {
  const answer = operation?.responses[String(status)];
  const name = answer?.$ref?.split('/').at(-1);
  return name === undefined ? answer : (DOCUMENT.components.responses?.[name] as Answer | undefined);
}

/** A client whose every answer is looked up in the document. */
export function documentedClient(baseUrl: string): ApiClient {
  const call = apiClient(baseUrl);
  return async (method, path, options) => {
    const answer = await call(method, path, options);
    const operation = operationOf(method, path);
    if (!operation) return answer as never;
    const promised = answerOf(operation, answer.status);
    const name = `${operation.operationId} ${answer.status}`;
    if (!promised) throw new Error(`${name} is not in the document: ${JSON.stringify(answer.body)}`);
    const type = (answer.headers.get('content-type') ?? '').split(';')[0];
    const types = Object.keys(promised.content ?? {});
    if (type !== '' && !types.includes(type ?? ''))
      throw new Error(`${name} has the undocumented type ${type}`);
    const { code } = (answer.body ?? {}) as { code?: string };
    if (type === 'application/problem+json' && !promised['x-problem-codes']?.includes(code ?? '')) {
      throw new Error(`${name} has the undocumented problem ${code}`);
    }
    const documented = Object.keys(promised.headers ?? {}).map((header) => header.toLowerCase());
    const undocumented = PROMISED.filter(
      (header) => answer.headers.has(header) && !documented.includes(header),
    );
    if (undocumented.length > 0)
      throw new Error(`${name} has undocumented headers: ${undocumented.join(', ')}`);
    return answer as never;
  };
}
