/** A copy of the product's code with changes in it: another version, to be run beside this one. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What the image of worker and API holds. */
const PARTS = ['package.json', 'config.ts', 'config-values.ts', 'worker.ts', 'scripts/versions.ts'];
const FOLDERS = ['domain', 'workflows', 'activities', 'temporal', 'db'];

/** One piece of a file, and what stands there instead. */
export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface ChangedCode {
  readonly root: string;
  remove(): void;
}

/**
 * Copies the code and makes the changes.
 *
 * @throws when a piece that is to be changed is not there once: the copy would be the same code.
 */
export function changedCode(changes: readonly Change[]): ChangedCode {
  const root = mkdtempSync(path.join(tmpdir(), 'sluice-version-'));
  for (const name of [...PARTS, ...FOLDERS])
    cpSync(path.join(ROOT, name), path.join(root, name), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
  for (const { file, from, to } of changes) {
    const parts = readFileSync(path.join(root, file), 'utf8').split(from);
    if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times: ${from}`);
    writeFileSync(path.join(root, file), parts.join(to));
  }
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}
