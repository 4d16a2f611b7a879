/** Metrics and logs around a provider client say how calls ended, and nothing of what was said. */
import { Registry } from 'prom-client';
import { type CallEnd, withLog, withMetrics } from '../../activities/providers/decorate.ts';
import { createRateGate } from '../../activities/providers/rate.ts';
import { Refused, Unclear } from '../../domain/provider-error.ts';

const client = {
  good: async (input: { email: string }) => `hello ${input.email}`,
  refused: async (): Promise<void> => {
    throw new Refused('no', { provider: 'mint', operation: 'refused', code: '2', httpStatus: 422 });
  },
  unclear: async (): Promise<void> => {
    throw new Unclear('maybe', { provider: 'mint', operation: 'unclear', code: 'ECONNRESET' });
  },
  broken: async (): Promise<void> => {
    throw new TypeError('bug');
  },
};
const callAll = async (decorated: typeof client) => {
  expect(await decorated.good({ email: 'ada@example.com' })).toBe('hello ada@example.com');
  await expect(decorated.refused()).rejects.toBeInstanceOf(Refused);
  await expect(decorated.unclear()).rejects.toBeInstanceOf(Unclear);
  await expect(decorated.broken()).rejects.toBeInstanceOf(TypeError);
};

test('every call is counted by company, verb and outcome, in one histogram for all clients', async () => {
  const registry = new Registry();
  await callAll(withMetrics('mint', client, registry));
  await withMetrics('circle', client, registry).good({ email: 'x@example.com' });
  const text = await registry.metrics();
  for (const [provider, operation, outcome] of [
    ['mint', 'good', 'ok'],
    ['mint', 'refused', 'Refused'],
    ['mint', 'unclear', 'Unclear'],
    ['mint', 'broken', 'bug'],
    ['circle', 'good', 'ok'],
  ]) {
    const labels = `provider="${provider}",operation="${operation}",outcome="${outcome}"`;
    expect(text).toContain(`sluice_provider_call_seconds_count{${labels}} 1`);
  }
});

test('the log names outcome and code, never the input', async () => {
  const lines: [string, CallEnd, string][] = [];
  const logger = {
    debug: (facts: CallEnd, message: string) => void lines.push(['debug', facts, message]),
    warn: (facts: CallEnd, message: string) => void lines.push(['warn', facts, message]),
  };
  await callAll(withLog('mint', client, logger));
  expect(lines).toMatchObject([
    ['debug', { operation: 'good', outcome: 'ok' }, 'mint good: ok'],
    [
      'debug',
      { operation: 'refused', outcome: 'Refused', code: '2', httpStatus: 422 },
      'mint refused: Refused',
    ],
    ['warn', { operation: 'unclear', outcome: 'Unclear', code: 'ECONNRESET' }, 'mint unclear: Unclear'],
    ['warn', { operation: 'broken', outcome: 'bug' }, 'mint broken: bug'],
  ]);
  expect(JSON.stringify(lines)).not.toContain('ada@example.com');
});

describe('the rate gate', () => {
  const call = { provider: 'circle', operation: 'createTransfer', kind: 'write' } as const;

  test('lets a burst through and turns away what would wait too long, saying how long', async () => {
    const gate = createRateGate({ perSecond: 2, burst: 3 });
    await Promise.all([gate(call), gate(call), gate(call)]);
    const ends = await Promise.allSettled(Array.from({ length: 20 }, () => gate(call)));
    const turnedAway = ends.filter((end) => end.status === 'rejected');
    expect(ends.length - turnedAway.length).toBe(4);
    expect(turnedAway[0]?.reason).toMatchObject({ name: 'Unavailable', code: 'own_rate_limit' });
    expect(turnedAway[0]?.reason.retryAfterMs).toBeGreaterThan(2_000);
  });

  test('without a documented rate everything passes', async () => {
    const gate = createRateGate(undefined);
    await Promise.all(Array.from({ length: 1_000 }, () => gate(call)));
  });
});
