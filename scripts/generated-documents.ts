/** The documents that are generated from the code, by their paths in the repository. */
import { accessMarkdown } from '../api/access-table.ts';
import { openApiDocument } from '../api/openapi.ts';
import { problemsMarkdown } from '../api/platform/problem-pages.ts';
import { ROUTES } from '../api/routes.ts';
import { ledgerDocument } from './ledger-document.ts';
import { lifecycleDocuments } from './lifecycle-documents.ts';
import { whyDocument } from './why-document.ts';

/** The address in the OpenAPI document of the repository; a running API puts its own there. */
const LOCAL_API = 'http://127.0.0.1:7070';

/** Each generated document. A test compares them with what is checked in. */
export function generatedDocuments(): Record<string, string> {
  return {
    'docs/access.md': accessMarkdown(ROUTES),
    'docs/ledger.md': ledgerDocument(),
    ...lifecycleDocuments(),
    'docs/openapi.json': `${JSON.stringify(openApiDocument(ROUTES, LOCAL_API), null, 2)}\n`,
    'docs/problems.md': problemsMarkdown(),
    'docs/why.md': whyDocument(),
  };
}
