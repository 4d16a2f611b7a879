/** `npm run demo`: plays one customer's life against the running stack, and ends with a check of the books. */
import path from 'node:path';
import { DemoError } from './demo/demo-error.ts';
import { playDemo } from './demo/play.ts';
import { createPrinter } from './demo/printer.ts';
import { readRuntime } from './demo/runtime.ts';

const FOLDER = process.env.SLUICE_LOCAL || path.join(import.meta.dirname, '..', '.local');
const COLOURS = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;

const printer = createPrinter((text) => process.stdout.write(text), COLOURS);
try {
  process.exitCode = (await playDemo(readRuntime(FOLDER), printer)) ? 0 : 1;
} catch (error) {
  // What a person can act on is one sentence; everything else is a defect and needs its stack trace.
  const text = error instanceof DemoError ? error.message : String((error as Error).stack);
  process.stderr.write(`\n${text}\n`);
  process.exitCode = 1;
}
