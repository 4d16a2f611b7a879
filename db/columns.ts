/** Column shapes that several tables share. */

/** Drizzle wants a non-empty tuple; a lifecycle's states and our const arrays always are. */
export function enumValues<T extends string>(values: readonly T[]): [T, ...T[]] {
  const [first, ...rest] = values;
  if (first === undefined) throw new Error('an enum needs at least one value');
  return [first, ...rest];
}
