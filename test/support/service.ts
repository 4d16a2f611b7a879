/** Asks the process beside this Jest run for a service. */
import { request } from 'node:http';
import { eventually } from './eventually.ts';

/**
 * The answer of a service of this Jest run, which is started if this is the first call for it.
 *
 * @throws what the service could not do, as it said it.
 */
export async function service<Answer>(name: 'database' | 'temporal' | 'bundle'): Promise<Answer> {
  const socketPath = process.env.SLUICE_TEST_SERVICES;
  if (socketPath === undefined)
    throw new Error('Run the tests through Jest: its global setup starts the services.');
  // The process has just been started: its socket appears within a moment.
  const { status, body } = await eventually('the test services answer', () => get(socketPath, `/${name}`));
  if (status !== 200) throw new Error(`The test service ${name} did not start: ${body}`);
  return JSON.parse(body) as Answer;
}

function get(socketPath: string, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.once('error', reject);
    sent.end();
  });
}
