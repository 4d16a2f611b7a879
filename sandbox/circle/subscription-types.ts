/** The kinds of notifications that can be subscribed to, with wildcards. Circle: W3S v2 subscriptions. */

/** What a subscription may name. */
export const NOTIFICATION_TYPES = [
  '*',
  'transactions.*',
  'transactions.inbound',
  'transactions.outbound',
  'challenges.*',
  'challenges.accelerateTransaction',
  'challenges.cancelTransaction',
  'challenges.createTransaction',
  'challenges.createWallet',
  'challenges.initialize',
  'challenges.restorePin',
  'challenges.setPin',
  'contracts.*',
  'contracts.eventLog',
  'modularWallet.*',
  'modularWallet.userOperation',
  'modularWallet.inboundTransfer',
  'modularWallet.outboundTransfer',
  'travelRule.*',
  'rampSession.*',
] as const;

/** Whether one of the subscribed types covers this one: itself, its family or everything. */
export function isCovered(subscribed: readonly string[], type: string): boolean {
  const family = `${type.split('.')[0]}.*`;
  return subscribed.some((wanted) => wanted === '*' || wanted === type || wanted === family);
}
