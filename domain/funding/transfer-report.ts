/** What a provider reports about a transfer, put into the row and the message that we keep of it. */

/** A transaction of a Circle wallet, as the adapter words it. */
export interface CircleReport {
  readonly id: string;
  readonly walletId: string | null;
  readonly tokenId: string | null;
  readonly isUsdc: boolean;
  readonly direction: string;
  readonly state: string;
  readonly amount: string | null;
  readonly txHash: string | null;
  readonly source: string | null;
  readonly refId: string | null;
  readonly errorReason: string | null;
}

/** A transfer into our Mint wallet, as the adapter words it. */
export interface MintReport {
  readonly id: string;
  readonly outcome: string;
  readonly amount: string;
  readonly txHash: string | null;
  readonly errorCode: string | null;
}

/** Our name of a provider operation, as it travels in a reference id: `deposit:<uuid>:off_ramp:1`. */
export interface OperationName {
  readonly lifecycle: string;
  readonly subjectId: string;
  readonly step: string;
}

const OPERATION = /^([a-z_]+):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):([a-z_]+:\d+)$/;

/** The operation that a reference id names; null when it is not one of ours. */
export function operationOf(refId: string | null): OperationName | null {
  const match = OPERATION.exec(refId ?? '');
  if (!match) return null;
  const [, lifecycle = '', subjectId = '', step = ''] = match;
  return { lifecycle, subjectId, step };
}

/** The message about a transfer into a customer's wallet. */
export function inboundMessage(report: CircleReport) {
  return {
    source: 'circle.inbound' as const,
    state: report.state,
    circle_transaction_id: report.id,
    circle_wallet_id: report.walletId ?? '',
    token: report.isUsdc ? 'USDC' : (report.tokenId ?? 'unknown'),
    amount: report.amount ?? '0',
    ...(report.txHash && { tx_hash: report.txHash }),
    ...(report.source && { source_address: report.source }),
  };
}

/** Words of Circle after which a transfer never arrives, or has not arrived after all. */
export const DEAD_TRANSFER: readonly string[] = ['failed', 'denied', 'canceled'];

/** Whether a message says no more than that a transfer into a customer's wallet is on its way. */
export function isOnItsWay(message: Readonly<Record<string, unknown>>): boolean {
  return (
    message.source === 'circle.inbound' && !['complete', ...DEAD_TRANSFER].includes(String(message.state))
  );
}

/** The message about a transfer out of a customer's wallet. */
export function outboundMessage(report: CircleReport) {
  return {
    source: 'circle.outbound' as const,
    state: report.state,
    reference: report.id,
    ...(report.txHash && { tx_hash: report.txHash }),
    ...(report.errorReason && { error_reason: report.errorReason }),
  };
}

/** The message about a transfer that reached Mint. */
export function mintMessage(report: MintReport) {
  const states: Record<string, string> = { succeeded: 'complete', failed: 'failed' };
  return {
    source: 'mint.transfer' as const,
    state: states[report.outcome] ?? report.outcome,
    reference: report.id,
    amount: report.amount,
    ...(report.txHash && { tx_hash: report.txHash }),
    ...(report.errorCode && { error_reason: report.errorCode }),
  };
}
