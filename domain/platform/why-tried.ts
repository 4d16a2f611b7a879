/** What was asked of the companies, and what they answered, one sentence for each effect. */

/** An effect at a company, from the row that answers "did we pay?"; times in milliseconds. */
export interface TriedOperation {
  readonly step: string;
  readonly provider: string;
  readonly state: string;
  readonly reference: string | null;
  readonly attempts: number;
  readonly error: string | null;
  readonly at: number;
}

const COMPANY: Readonly<Record<string, string>> = {
  circle: 'Circle',
  mint: 'Mint',
  alpaca: 'Alpaca',
  sms: 'The text service',
};

/** `off_ramp:2` as people say it: `off ramp, number 2`. */
function named(step: string): string {
  const [name = step, number] = step.split(':');
  const words = name.replaceAll('_', ' ');
  return number === undefined || number === '1' ? words : `${words}, number ${number}`;
}

function sentence({ step, provider, state, reference, attempts, error }: TriedOperation): string {
  const company = COMPANY[provider] ?? provider;
  const what = named(step);
  const of = reference === null ? '' : ` (${reference})`;
  const because = error === null ? '' : `: ${error.replace(/\.$/, '')}`;
  const tries = attempts > 1 ? ` after ${attempts} tries` : '';
  switch (state) {
    case 'intended':
      return attempts > 0
        ? `We asked ${company} for the ${what}.`
        : `We are about to ask ${company} for the ${what}.`;
    case 'accepted':
      return `${company} took the ${what}${of}${tries}, and is not done with it.`;
    case 'succeeded':
      return `${company} has done the ${what}${of}${tries}.`;
    case 'failed':
      return `The ${what} at ${company} did not happen${because}.`;
    default:
      return `We do not know whether ${company} took the ${what}${tries}${because}.`;
  }
}

/** One sentence for each effect, oldest first. */
export function triedWords(operations: readonly TriedOperation[]): string[] {
  return operations.map(sentence);
}
