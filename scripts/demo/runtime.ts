/** What the demo knows of the running stack: the part of .local/runtime.json that it needs. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DemoError } from './demo-error.ts';

export interface DemoRuntime {
  /** Base URL of the API. */
  readonly api: string;
  /** Base URL of the sandbox's control API. */
  readonly sandbox: string;
  readonly temporal: { readonly ui: string | null; readonly namespace: string };
  readonly tokens: { readonly support: string; readonly admin: string };
}

/**
 * Reads where the stack runs.
 *
 * @throws {DemoError} when no stack runs in this folder.
 */
export function readRuntime(folder: string): DemoRuntime {
  const file = path.join(folder, 'runtime.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as DemoRuntime;
  } catch {
    throw new DemoError(
      'Sluice does not run here: there is no .local/runtime.json. ' +
        'Run `npm start` in another terminal, wait for "Sluice is ready", then try again.',
    );
  }
}
