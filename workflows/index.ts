/** Every workflow: the entry of the bundle, and the table of contents. */
export { deposit } from './funding/deposit.ts';
