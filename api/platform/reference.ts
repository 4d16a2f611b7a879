/** What the API says about itself: the OpenAPI document, a reference page, and a page for each problem. */
import { z } from 'zod';
import { PROBLEM_CODES, type ProblemCode, problemSpec } from '../../domain/problem.ts';
import { openApiDocument } from '../openapi.ts';
import { defineRoute, type Reply, type Route } from '../route.ts';
import { problemPage, problemsPage } from './problem-pages.ts';
import { referencePage } from './reference-page.ts';

/** The pages need neither scripts nor anything from another host. */
const PAGE_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
};

function html(text: string): Reply {
  return { status: 200, text, contentType: 'text/html; charset=utf-8', headers: PAGE_HEADERS };
}

const page = (description: string) => ({ 200: { description, contentType: 'text/html' } });

/** The endpoints; `routes` is read when the first request comes, because it contains these endpoints too. */
export function referenceRoutes(routes: () => readonly Route[]): Route[] {
  const documents = new Map<string, { readonly json: string; readonly page: string }>();
  const documentFor = (publicUrl: string) => {
    let found = documents.get(publicUrl);
    if (!found) {
      const document = openApiDocument(routes(), publicUrl);
      found = { json: JSON.stringify(document), page: referencePage(document) };
      documents.set(publicUrl, found);
    }
    return found;
  };
  const common = { method: 'GET', tag: 'reference', access: 'public' } as const;
  const document = defineRoute(
    {
      ...common,
      path: '/openapi.json',
      operationId: 'getOpenApi',
      summary: 'This API as OpenAPI 3.1',
      responses: { 200: { description: 'The document.', schema: z.record(z.string(), z.unknown()) } },
    },
    (_input, deps) => ({ status: 200, text: documentFor(deps.publicUrl).json }),
  );
  const docs = defineRoute(
    {
      ...common,
      path: '/docs',
      operationId: 'getDocs',
      summary: 'Reference page',
      responses: page('The page.'),
    },
    (_input, deps) => html(documentFor(deps.publicUrl).page),
  );
  const problems = defineRoute(
    {
      ...common,
      path: '/problems',
      operationId: 'listProblems',
      summary: 'Every problem',
      responses: page('The list.'),
    },
    () => html(problemsPage()),
  );
  const problem = defineRoute(
    {
      ...common,
      path: '/problems/:code',
      operationId: 'getProblem',
      summary: 'One problem explained',
      params: z.strictObject({ code: z.enum(PROBLEM_CODES) }),
      responses: page('What it means and what to do.'),
    },
    ({ params: { code } }) => html(problemPage(code as ProblemCode, problemSpec(code as ProblemCode))),
  );
  return [document, docs, problems, problem];
}
