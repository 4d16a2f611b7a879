/** How a breach names whom it is about: `deposit 2`, by the number in its id. */
export function named(lifecycle: string, id: string): string {
  return `${lifecycle} ${Number(id.slice(-12))}`;
}
