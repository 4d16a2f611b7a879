/** Reads the sandbox's environment; the only place in the sandbox that does. */
import type { SandboxOptions } from './sandbox.ts';

const PORT_NAMES = ['control', 'circle', 'mint', 'alpaca', 'sms'] as const;

/**
 * Reads `SANDBOX_DATA`, `SANDBOX_PACE` and `SANDBOX_<COMPANY>_PORT`. @throws with every problem in one
 * message
 */
export function readSandboxOptions(environment: Record<string, string | undefined>): SandboxOptions {
  const problems: string[] = [];
  const pace = environment.SANDBOX_PACE || 'real';
  if (pace !== 'real' && pace !== 'instant')
    problems.push(`SANDBOX_PACE must be real or instant, not ${pace}`);
  const ports: SandboxOptions['ports'] = {};
  for (const name of PORT_NAMES) {
    const variable = `SANDBOX_${name.toUpperCase()}_PORT`;
    const port = Number(environment[variable] || 0);
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      problems.push(`${variable} must be a port number`);
    ports[name] = port;
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return {
    data: environment.SANDBOX_DATA || ':memory:',
    pace: pace === 'instant' ? 'instant' : 'real',
    ports,
  };
}
