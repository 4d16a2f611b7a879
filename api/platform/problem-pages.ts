/** Explains every problem: the pages behind `type`, and the same as Markdown for docs/problems.md. */
import {
  PROBLEM_CODES,
  type ProblemCode,
  type ProblemSpec,
  problemSpec,
  type Retry,
} from '../../domain/problem.ts';
import { problemPath } from '../problem.ts';
import { escapeHtml, htmlPage, prose } from './html.ts';

const RETRY_ADVICE: Record<Retry, string> = {
  never: 'No. The answer stays the same.',
  corrected: 'Yes, after the request was corrected, with a fresh Idempotency-Key.',
  later: 'Yes, unchanged and with the same Idempotency-Key, after Retry-After or a growing wait.',
  signed_in: 'Yes, with a new access token and the same Idempotency-Key.',
};

/** The page of one problem. */
export function problemPage(code: ProblemCode, spec: ProblemSpec): string {
  const facts = [
    ['Code', `<code>${code}</code>`],
    ['Status', String(spec.status)],
    ['Meaning', prose(spec.meaning)],
    ['Try again?', escapeHtml(RETRY_ADVICE[spec.retry])],
    ['For the customer', escapeHtml(spec.customer)],
  ];
  const rows = facts.map(([name, text]) => `<tr><th>${name}</th><td>${text}</td></tr>`).join('');
  const title = escapeHtml(spec.title);
  return htmlPage(
    spec.title,
    `<h1>${title}</h1><table>${rows}</table><p><a href="/problems">All problems</a></p>`,
  );
}

/** The list of all problems. */
export function problemsPage(): string {
  const rows = PROBLEM_CODES.map((code) => {
    const { status, title } = problemSpec(code);
    const link = `<a href="${problemPath(code)}"><code>${code}</code></a>`;
    return `<tr><td>${status}</td><td>${link}</td><td>${escapeHtml(title)}</td></tr>`;
  });
  return htmlPage('Problems', `<h1>Problems</h1><table>${rows.join('')}</table>`);
}

/** docs/problems.md. */
export function problemsMarkdown(): string {
  const head = [
    '# Problems',
    '',
    'Every refusal of the API is an RFC 9457 problem. This table is written from `domain/problem.ts`; the running API',
    'serves each entry at `/problems/<code>`, the address in the `type` of an answer.',
    '',
    '| status | code | meaning | send it again? |',
    '| --- | --- | --- | --- |',
  ];
  const rows = PROBLEM_CODES.map((code) => {
    const { status, meaning, retry } = problemSpec(code);
    return `| ${status} | \`${code}\` | ${meaning.replaceAll('|', '\\|')} | ${RETRY_ADVICE[retry]} |`;
  });
  return `${[...head, ...rows].join('\n')}\n`;
}
