/** How names of people are compared with a sanctions list. */

/**
 * A name as it is compared: without case, accents and punctuation, its words in alphabetical order, so that
 * "Lovelace, Ada" and "ÁDA LOVELACE" are one. Empty when nothing is left to compare.
 */
export function sanctionsNameKey(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .sort()
    .join(' ');
}

/** What a person who opens the review reads. Lists are named to our own people only. */
export const SANCTIONS_REVIEW = 'sanctions_hit';
