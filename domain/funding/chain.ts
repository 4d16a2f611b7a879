/** The chains that customers can send USDC on, and how the providers name them. */

export const CHAINS = ['ethereum', 'solana', 'base', 'polygon'] as const;
export type Chain = (typeof CHAINS)[number];
