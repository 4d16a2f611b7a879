/** `npm run docs`: writes the documents that are generated from the code. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { generatedDocuments } from './generated-documents.ts';

for (const [path, text] of Object.entries(generatedDocuments())) {
  const file = new URL(`../${path}`, import.meta.url);
  mkdirSync(new URL('.', file), { recursive: true });
  writeFileSync(file, text);
  process.stdout.write(`${path}\n`);
}
