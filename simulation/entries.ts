/** The lifecycles that the simulation plays. Whatever follows joins by one line here. */
import { depositEntry } from './entries/deposit.ts';
import { withdrawalEntry } from './entries/withdrawal.ts';
import type { Join } from './entry.ts';

export const ENTRIES: readonly Join[] = [depositEntry, withdrawalEntry];
