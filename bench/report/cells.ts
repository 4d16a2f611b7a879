/** What stands in the cells of the report's tables. */

export type Row = readonly string[];

/** A figure, or the dash of one that does not exist. */
export function number(value: number | null | undefined, digits = 0): string {
  return value === null || value === undefined ? '–' : value.toFixed(digits);
}

/** Bytes as kilobytes, or the dash. */
export function kilobytes(bytes: number | null | undefined): string {
  return bytes === null || bytes === undefined ? '–' : `${(bytes / 1024).toFixed(1)} KB`;
}
