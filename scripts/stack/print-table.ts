/** The table that `npm start` ends with: every address and token that a person needs to begin. */
import type { LocalStack } from './local-stack.ts';
import type { SeedTokens } from './seed.ts';

/** Prints the addresses and the ready-made tokens; `seconds` is how long the start took. */
export function printTable(
  stack: LocalStack,
  tokens: SeedTokens,
  seconds: number,
  say: (line: string) => void,
): void {
  const { config, sandbox, temporalUi } = stack;
  const rows: [string, string][] = [
    ['API', config.api.publicUrl],
    ['API reference', `${config.api.publicUrl}/docs`],
    ...(temporalUi === undefined
      ? []
      : [
          ['Temporal Web UI', `${temporalUi}/namespaces/${config.temporal.namespace}/workflows`] as [
            string,
            string,
          ],
        ]),
    ['Temporal', config.temporal.address],
    ['Postgres', config.database.url],
    ['Sandbox control', `${sandbox.control.base_url}/control/health`],
    ['Circle wallets', sandbox.circle.base_url],
    ['Circle Mint', sandbox.mint.base_url],
    ['Alpaca Broker', sandbox.alpaca.base_url],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  say('');
  say(`Sluice is ready (${seconds.toFixed(1)} s).`);
  say('');
  for (const [name, address] of rows) say(`  ${name.padEnd(width)}  ${address}`);
  say('');
  say('  To read plain text in the Temporal Web UI, open this once in your browser:');
  say(`  ${config.api.publicUrl}/staff/sign-in?token=${tokens.support}`);
  say('');
  for (const [role, token] of Object.entries(tokens)) say(`  ${`${role} token`.padEnd(width)}  ${token}`);
  say('');
  say('  All of this is in .local/runtime.json, the logs are in .local/logs. Ctrl-C stops everything.');
}
