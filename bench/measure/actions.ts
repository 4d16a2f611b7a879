/** Counts what a workflow costs from its history: events, bytes, and Temporal's billable actions. */
import type { temporal } from '@temporalio/proto';

type History = temporal.api.history.v1.IHistory;
type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

export interface WorkflowCost {
  readonly events: number;
  readonly actions: number;
  /** The actions by kind, for the report. */
  readonly kinds: Readonly<Record<string, number>>;
}

/**
 * Billable actions of one run by Temporal's published rules (docs.temporal.io, Temporal Cloud: Actions):
 * a start, and each signal, where signal-with-start is one in all; each attempt of an activity; all local
 * activities of one workflow task together; each timer, search attribute upsert and accepted update; two
 * for a child workflow. Heartbeats leave no trace in the history and are not counted: a call that takes less
 * than two seconds sends none.
 */
export function workflowCost(history: History): WorkflowCost {
  const events = history.events ?? [];
  const kinds: Record<string, number> = {};
  const add = (kind: string, count = 1): void => {
    kinds[kind] = (kinds[kind] ?? 0) + count;
  };
  const tasksWithMarkers = new Set<string>();
  for (const event of events) {
    const marker = event.markerRecordedEventAttributes;
    if (marker) tasksWithMarkers.add(String(marker.workflowTaskCompletedEventId));
    const started = event.activityTaskStartedEventAttributes;
    if (started) add('activity attempts', Number(started.attempt ?? 1));
    const kind = plainKind(event);
    if (kind) add(kind, kind === 'child workflows' ? 2 : 1);
  }
  if (!startedBySignal(events)) add('start');
  if (tasksWithMarkers.size > 0) add('tasks with local activities', tasksWithMarkers.size);
  const actions = Object.values(kinds).reduce((sum, count) => sum + count, 0);
  return { events: events.length, actions, kinds };
}

function plainKind(event: HistoryEvent): string | undefined {
  if (event.workflowExecutionSignaledEventAttributes) return 'signals';
  if (event.timerStartedEventAttributes) return 'timers';
  if (event.upsertWorkflowSearchAttributesEventAttributes) return 'search attribute upserts';
  if (event.workflowExecutionUpdateAcceptedEventAttributes) return 'updates';
  if (event.startChildWorkflowExecutionInitiatedEventAttributes) return 'child workflows';
  if (event.workflowExecutionContinuedAsNewEventAttributes) return 'continued runs';
  return undefined;
}

/** A signal that stands before the first workflow task came with the start: both together are one action. */
function startedBySignal(events: readonly HistoryEvent[]): boolean {
  const [, second] = events;
  return Boolean(second?.workflowExecutionSignaledEventAttributes);
}
