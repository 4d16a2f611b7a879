/** Bare pages without scripts: text in, escaped HTML out. */

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Text with `code` between backticks and blank lines between paragraphs, as HTML. */
export function prose(text: string): string {
  return text
    .split('\n\n')
    .map((paragraph) => `<p>${escapeHtml(paragraph).replace(/`([^`]+)`/g, '<code>$1</code>')}</p>`)
    .join('');
}

const STYLE = `
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1.5rem; }
  code, pre { font: 0.9em/1.45 ui-monospace, monospace; }
  pre { overflow: auto; padding: 0.75rem; border: 1px solid #8884; border-radius: 6px; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.6rem 0.3rem 0; border-bottom: 1px solid #8883; }
  article { border-top: 1px solid #8886; margin-top: 2rem; padding-top: 0.5rem; }
  .method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
  nav ul { columns: 2 24rem; list-style: none; padding: 0; }
  summary { cursor: pointer; font-weight: 600; }
`;

/** A whole page around its content. */
export function htmlPage(title: string, content: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body>${content}</body></html>
`;
}
