/** What the engine variant's worker is given: a script, and a bundle's entry that holds it. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Script } from './script.ts';

const WORKFLOW = fileURLToPath(new URL('./workflow.ts', import.meta.url));

export interface Setup {
  readonly script: Script;
  /** The entry of the workflow bundle. */
  readonly workflowsPath: string;
  /** Where the sender of the signals listens. */
  readonly port: number;
}

/**
 * Writes the setup into the folder. The script becomes part of the workflow's code: were it an argument, it
 * would make the history bigger. @returns the setup's file.
 */
export function writeSetup(folder: string, script: Script, port: number): string {
  const workflowsPath = path.join(folder, 'workflows.js');
  const entry = [
    `import { follow } from ${JSON.stringify(WORKFLOW)};`,
    `export const deposit = follow(${JSON.stringify(script)});`,
  ];
  writeFileSync(workflowsPath, `${entry.join('\n')}\n`);
  const file = path.join(folder, 'setup.json');
  writeFileSync(file, JSON.stringify({ script, workflowsPath, port } satisfies Setup));
  return file;
}

/** Reads what `writeSetup` wrote. */
export function readSetup(file: string): Setup {
  return JSON.parse(readFileSync(file, 'utf8')) as Setup;
}
