/** What starts a reconciliation run and what it answers. */

/** The run's id is that of its row. */
export interface ReconciliationInput {
  readonly run_id: string;
  /** `schedule` or `request`. */
  readonly cause: string;
}

export type ReconciliationResult =
  | { readonly status: 'done'; readonly opened: number; readonly closed: number; readonly open: number }
  | { readonly status: 'failed'; readonly reason: string }
  /** Another run was at work. */
  | { readonly status: 'skipped' };
