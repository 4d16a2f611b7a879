/** A text in a table of a status card; a provider's own words may hold what would end its cell. */
export function cell(text: string): string {
  return text.replaceAll(/[|\r\n]+/g, ' ');
}
