/** Where a page of a list begins and how many rows it wants. */

export interface PageRequest {
  /** RFC 3339 with microseconds; null for the first page. */
  readonly at: string | null;
  /** Id of the last row of the page before; null for the first page. */
  readonly id: string | null;
  /** Rows to read: one more than shown, so that the end is seen. */
  readonly limit: number;
}
