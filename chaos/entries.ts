/** The lifecycles that take part in the campaigns: one line each. */
import { depositEntry } from './entries/deposit.ts';
import { wireEntry } from './entries/wire.ts';
import { withdrawalEntry } from './entries/withdrawal.ts';
import type { Entry } from './entry.ts';

export const ENTRIES: readonly Entry[] = [depositEntry, withdrawalEntry, wireEntry];
