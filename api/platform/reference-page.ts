/** The reference page: the OpenAPI document as one page of HTML that needs no scripts and no network. */
import { escapeHtml, htmlPage, prose } from './html.ts';

type Json = Record<string, unknown>;

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Json[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Json }> };
  readonly responses: Record<string, Json>;
}

/** Renders the page. */
export function referencePage(document: Json): string {
  const operations = Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(
    ([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const { title, description } = document.info as { title: string; description: string };
  const links = operations.map(({ path, method, operation }) => {
    const name = `<span class="method">${method.toUpperCase()}</span><code>${escapeHtml(path)}</code>`;
    return `<li><a href="#${operation.operationId}">${name}</a></li>`;
  });
  const schemas = Object.entries((document.components as { schemas: Json }).schemas).map(
    ([name, schema]) => `<article id="schema-${name}"><h3>${name}</h3>${code(schema)}</article>`,
  );
  const articles = operations.map(({ path, method, operation }) =>
    article(path, method, operation, document),
  );
  return htmlPage(
    `${title} API`,
    `<h1>${escapeHtml(title)} API</h1>${prose(description)}
     <p><a href="/openapi.json">OpenAPI 3.1 document</a> · <a href="/problems">Problems</a></p>
     <nav><ul>${links.join('')}</ul></nav>${articles.join('')}<h2>Schemas</h2>${schemas.join('')}`,
  );
}

function article(path: string, method: string, operation: Operation, document: Json): string {
  const parameters = operation.parameters.map((parameter) => parameterRow(resolved(parameter, document)));
  const content = Object.values(operation.requestBody?.content ?? {})[0];
  const answers = Object.entries(operation.responses).map(([status, answer]) =>
    answerRow(status, resolved(answer, document)),
  );
  return `<article id="${operation.operationId}">
    <h2><span class="method">${method.toUpperCase()}</span> <code>${escapeHtml(path)}</code></h2>
    <p><strong>${escapeHtml(operation.summary)}</strong></p>${prose(operation.description)}
    <details><summary>Parameters</summary><table>${parameters.join('')}</table></details>
    ${content ? `<details><summary>Body</summary>${schemaHtml(content.schema)}</details>` : ''}
    <details><summary>Answers</summary><table>${answers.join('')}</table></details></article>`;
}

function resolved(value: Json, document: Json): Json {
  if (typeof value.$ref !== 'string') return value;
  const parts = value.$ref.slice(2).split('/');
  return parts.reduce<Json>((inner, part) => inner[part] as Json, document);
}

function parameterRow(parameter: Json): string {
  const required = parameter.required === true ? 'required' : 'optional';
  const text = escapeHtml(String(parameter.description ?? ''));
  const name = escapeHtml(String(parameter.name));
  return `<tr><td><code>${name}</code></td><td>${parameter.in}, ${required}</td><td>${text}</td></tr>`;
}

function answerRow(status: string, answer: Json): string {
  const content = Object.values((answer.content ?? {}) as Record<string, { schema: Json }>)[0];
  const codes = (answer['x-problem-codes'] ?? []) as string[];
  const text =
    codes.length > 0
      ? codes.map((name) => `<a href="/problems/${name}"><code>${name}</code></a>`).join('<br>')
      : `${escapeHtml(String(answer.description))}${content ? schemaHtml(content.schema) : ''}`;
  return `<tr><td>${status}</td><td>${text}</td></tr>`;
}

function schemaHtml(schema: Json): string {
  const name = typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined;
  return name === undefined ? code(schema) : ` <a href="#schema-${name}">${name}</a>`;
}

function code(value: unknown): string {
  return `<pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre>`;
}
