/** How the demo speaks: a heading per chapter, a line per step, a balance, links, checks. */

export interface Printer {
  chapter(title: string): void;
  /** Something was done: one line with what came of it. */
  step(what: string, result?: string): void;
  balance(text: string): void;
  note(text: string): void;
  /** An address or a command, alone on its line so that it can be copied. */
  link(text: string): void;
  /** A check that must hold, with both numbers. */
  check(holds: boolean, text: string): void;
  say(text: string): void;
}

const WIDTH = 28;

/** A printer that writes plain text, with colours where a terminal reads it. */
export function createPrinter(write: (text: string) => void, colours: boolean): Printer {
  const paint = (code: number, text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const bold = (text: string) => paint(1, text);
  const dim = (text: string) => paint(2, text);
  const green = (text: string) => paint(32, text);
  const red = (text: string) => paint(31, text);
  return {
    chapter: (title) => write(`\n${bold(title)}\n`),
    step: (what, result = '') => write(`  ${green('✓')} ${what.padEnd(WIDTH)} ${result}\n`),
    balance: (text) => write(`  ${bold('=')} ${bold('Balance'.padEnd(WIDTH))} ${text}\n`),
    note: (text) => write(`  ${text}\n`),
    link: (text) => write(`    ${dim(text)}\n`),
    check: (holds, text) => write(`  ${holds ? green('✓') : red('✗')} ${text}\n`),
    say: (text) => write(`${text}\n`),
  };
}
