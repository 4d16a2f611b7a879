/** The document of explanations: what support reads for each state and each reason to wait, as the API would say it. */
import { statesOf } from '../domain/lifecycle.ts';
import { LIFECYCLES, type LifecycleName } from '../domain/lifecycles.ts';
import { explain } from '../domain/platform/why.ts';
import { WHY_SOURCES } from '../domain/platform/why-sources.ts';
import { GENERATED } from './lifecycle-documents.ts';

const SINCE = Date.parse('2026-01-02T15:04:00Z');
const NOW = SINCE + 12 * 60_000;
const SUBJECTS: Readonly<Partial<Record<LifecycleName, string>>> = {
  address: 'on ethereum',
  deposit: 'of 120.5 USDC on ethereum',
  wallet: 'on ethereum',
  withdrawal: 'of 120.50 USD on ethereum',
  wire: 'of 120.50 USD',
};

/** The explanation of a lifecycle that came to the state twelve minutes ago, with nothing tried yet. */
function text(kind: LifecycleName, status: string, waitingFor: string | null): string {
  return explain({
    ...{ kind, status, waitingFor, userId: null },
    subject: SUBJECTS[kind] ?? '',
    ...{ since: SINCE, lastChange: SINCE, now: NOW },
    policy: null,
    pausedBy: waitingFor === 'paused' ? 'circle (an outage at Circle)' : null,
    ...{ operations: [], heard: [], openReviews: [] },
  }).text;
}

function section(kind: LifecycleName): string {
  const { lifecycle } = LIFECYCLES[kind];
  const states: string[] = statesOf(lifecycle);
  const first = states.find((state) => state === 'confirmed_on_chain') ?? lifecycle.initial;
  return [
    `## ${kind}`,
    ...states.map((state) => `**${state}**\n\n${text(kind, state, null)}`),
    ...Object.keys(WHY_SOURCES[kind].waits).map(
      (wait) => `**waiting_for ${wait}**\n\n${text(kind, first, wait)}`,
    ),
  ].join('\n\n');
}

/** `docs/why.md`. */
export function whyDocument(): string {
  const kinds = Object.keys(LIFECYCLES) as LifecycleName[];
  const head = [
    GENERATED,
    '# Why: what support reads',
    'What `GET /v1/admin/lifecycles/{id}/why` says for each state, and for each reason to wait, of a lifecycle that ' +
      'came there twelve minutes ago under the usual policy. What was tried, what the companies told us and open ' +
      'reviews are added as they happen.',
  ];
  return `${[...head, ...kinds.map(section)].join('\n\n')}\n`;
}
