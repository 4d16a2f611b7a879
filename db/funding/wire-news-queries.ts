/** Storing what companies say about wires, and finding the wires that must hear of it. */
import type { WireKind } from '../../domain/funding/wire.ts';
import type { Database } from '../client.ts';
import type { EventSource, ReceivedEvent } from '../platform/inbound-event-queries.ts';

/** A company's word about something that may be a wire. */
export interface WireReport {
  /** The company's id of the payout, the deposit or the transfer. */
  readonly id: string;
  readonly outcome: string;
  /** Dollars, decimal string. */
  readonly amount: string;
}

/** Stores Mint's word about a payout or a deposit; the wires that it may be about look up what is true. */
export async function receiveMintWireReport(
  database: Database,
  source: EventSource,
  kind: 'mint.payout' | 'mint.deposit',
  report: WireReport,
): Promise<ReceivedEvent> {
  const wire: WireKind = kind === 'mint.payout' ? 'mint_to_alpaca' : 'alpaca_to_mint';
  const [row] = await database.prepared<{ result: ReceivedEvent }>(
    'receive_wire_news',
    'select receive_wire_news($1) as result',
    [
      JSON.stringify({
        provider: 'mint',
        provider_event_id: source.eventId,
        kind,
        reference: report.id,
        payload: source.payload,
        message: { source: kind, state: report.outcome, reference: report.id },
        amount: report.amount,
        kinds: [wire],
      }),
    ],
  );
  if (!row) throw new Error('receive_wire_news answered nothing');
  return row.result;
}
