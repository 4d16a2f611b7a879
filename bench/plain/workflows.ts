/** The plain version's bundle: its own deposit, and Sluice's other workflows as they are. */
export * from '../../workflows/index.ts';
export { deposit } from './deposit.ts';
