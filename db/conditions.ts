/** Conditions of a list that only some of those who ask for it have. */

/** One of them; it is left out where there is no value. */
interface Condition {
  /** Part of the statement's name. */
  readonly name: string;
  /** SQL with `?` where the value stands. */
  readonly sql: string;
  readonly value: unknown;
}

/**
 * The conditions that have a value, as the end of a `where` with `after` parameters before them. Each set of them is a
 * statement of its own: of `$4 is null or state = $4` Postgres makes the plan anew for each call, for it looks better
 * with the value at hand than without.
 */
export function chosen(after: number, conditions: readonly Condition[]) {
  const given = conditions.filter(({ value }) => value !== undefined);
  return {
    name: given.map(({ name }) => `+${name}`).join(''),
    sql: given.map(({ sql }, index) => ` and ${sql.replaceAll('?', `$${after + index + 1}`)}`).join(''),
    values: given.map(({ value }) => value),
  };
}

/** A limit that Postgres does not look at when it plans: the plan for few rows would be made anew for each call too. */
export const limitOf = (parameter: number): string => `limit (select $${parameter}::int)`;
