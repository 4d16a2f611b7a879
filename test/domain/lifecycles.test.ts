/** What must hold for every declared lifecycle: no dead ends, no islands, sentences that people understand. */
import { edgesOf, isFinal, type StateSpec, stateSpec, statesOf } from '../../domain/lifecycle.ts';
import { LIFECYCLES } from '../../domain/lifecycles.ts';

const homes = Object.entries(LIFECYCLES).map(([name, home]) => ({ name, ...home }));
const states = homes.flatMap(({ name, lifecycle }) =>
  statesOf(lifecycle).map((state) => ({
    name,
    state,
    lifecycle,
    spec: stateSpec(lifecycle, state as never) as StateSpec,
  })),
);

/** Every state that can be reached from `from`; `through` says which edges count. */
function reach(from: string, edges: readonly { from: string; to: string }[]): Set<string> {
  const found = new Set([from]);
  for (const state of found) {
    for (const edge of edges) if (edge.from === state) found.add(edge.to);
  }
  return found;
}

describe.each(homes)('$name', ({ name, lifecycle }) => {
  test('is registered under its own name', () => {
    expect(lifecycle.name).toBe(name);
  });

  test('reaches every state from the initial one', () => {
    expect([...reach(lifecycle.initial, edgesOf(lifecycle))].sort()).toEqual([...statesOf(lifecycle)].sort());
  });

  test('leads to a final state from each state', () => {
    for (const state of statesOf(lifecycle)) {
      const ends = [...reach(state, edgesOf(lifecycle))].filter((end) => isFinal(lifecycle, end as never));
      expect({ state, ends }).not.toEqual({ state, ends: [] });
    }
  });

  test('names every state in snake case, and every event as something that happened', () => {
    for (const state of statesOf(lifecycle)) expect(state).toMatch(/^[a-z]+(_[a-z]+)*$/);
    for (const { event } of edgesOf(lifecycle)) expect(event).toMatch(/^[a-z]+(_[a-z]+)*$/);
  });

  test('says something different to customers in each state, and to support too', () => {
    const specs = statesOf(lifecycle).map((state) => stateSpec(lifecycle, state as never));
    expect(new Set(specs.map((spec) => spec.customer)).size).toBe(specs.length);
    expect(new Set(specs.map((spec) => spec.support)).size).toBe(specs.length);
  });
});

/** Words of ours and of the trade that a customer should never have to know. */
const JARGON =
  /\b((off|on).?ramp|journal|ledger|webhook|workflow|circle|mint|alpaca|kyc|api|tx|hash|float|provider|\w+_\w+)\b/i;

describe.each(states)('$name in $state', ({ lifecycle, state, spec }) => {
  test('has a sentence for the customer without jargon', () => {
    expect(spec.customer).toMatch(/^[A-Z].*\.$/);
    expect(spec.customer).not.toMatch(JARGON);
    expect(spec.customer).not.toMatch(/ {2}|\n/);
  });

  test('has a sentence for support that says more', () => {
    expect(spec.support).toMatch(/^[A-Z].*\.$/);
    expect(spec.support).not.toBe(spec.customer);
  });

  test('has a time after which somebody looks, exactly when it goes on by itself', () => {
    if (isFinal(lifecycle, state as never)) {
      expect(spec.stuckAfterSeconds).toBeUndefined();
    } else {
      const waitsForever = spec.waitsFor === 'customer';
      if (!waitsForever) expect(spec.stuckAfterSeconds).toBeGreaterThan(0);
      expect(spec.waitsFor).not.toBe('nobody');
    }
  });

  test('is reopened only when it is final', () => {
    if (spec.reopens) expect(isFinal(lifecycle, state as never)).toBe(true);
  });
});

test('the rule against jargon can fail', () => {
  for (const bad of [
    'The off-ramp has begun.',
    'Your KYC is pending.',
    'See failure_reason.',
    'Circle works.',
  ]) {
    expect(bad).toMatch(JARGON);
  }
});

test('every state of the four systems that Sluice unites exists under its name', () => {
  const needed = {
    deposit: [
      'pending_confirmation',
      'confirmed_on_chain',
      'off_ramp_initiated',
      'off_ramp_complete',
      'broker_funded',
      'failed',
    ],
    kyc: ['not_started', 'pending', 'approved', 'rejected'],
    wallet: ['creating', 'active', 'inactive'],
  };
  for (const [name, names] of Object.entries(needed)) {
    expect(statesOf(LIFECYCLES[name as keyof typeof LIFECYCLES].lifecycle)).toEqual(
      expect.arrayContaining(names),
    );
  }
});
