/** The status card of a workflow: what the Temporal Web UI shows as its current details. */
import { setCurrentDetails } from '@temporalio/workflow';

/** The Web UI measures a card a little too short and cuts its last line: this is the line to cut. */
const LAST_LINE = '\n\n\u00a0';

/** Shows the card, which is Markdown; the newest one counts. */
export function showCard(markdown: string): void {
  setCurrentDetails(markdown + LAST_LINE);
}
