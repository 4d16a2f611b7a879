/** Activities and functions of the database at which no path can be stopped, each with the reason. */
const LOOK_UP = 'It changes nothing, and is asked only when an event was lost, as one is by a kill.';
const READS = 'It reads alone, and where it is asked it is asked again.';
const ENDLESS = 'It does not end; what it writes is met: outgoing-webhooks-announced, and receive_…_events.';
const SILENT = 'It tells a person that Circle has not answered for a day, and moves nothing.';
const RECONCILES =
  'It reads lists and compares them: nothing of a lifecycle moves, and a run that died is begun anew.';
const SETS_UP =
  'It makes what is missing when a worker starts, and finds it there ever after: it is met as a look.';

const ACCELERATES =
  'It is asked after a look-up alone, and offers the same fee under the same key however often.';

export const NO_POINT: ReadonlyMap<string, string> = new Map([
  ...[
    ...['lookUpInboundTransfer', 'lookUpOffRamp', 'lookUpJournal', 'lookUpRefund', 'lookUpWithdrawalJournal'],
    ...['lookUpOnRamp', 'lookUpWithdrawalTransfer', 'findWithdrawalJournal', 'findWithdrawalTransfer'],
  ].map((name): [string, string] => [name, LOOK_UP]),
  ...[
    ...['beginReconciliation', 'readCircleEntries', 'readMintEntries', 'readAlpacaEntries', 'readBalances'],
    ...['compareStatements', 'endReconciliation', 'reconciliation_begin', 'keep_statement_lines'],
    ...['keep_statement_balances', 'reconcile', 'reconciliation_end'],
  ].map((name): [string, string] => [name, RECONCILES]),
  ...['accelerateOffRamp', 'accelerateRefund', 'accelerateWithdrawalTransfer'].map(
    (name): [string, string] => [name, ACCELERATES],
  ),
  [
    'recordWireSent',
    'The companies of the stage send and deliver in one moment: such a wire is told as arrived.',
  ],
  ...['reportAddressUnchecked', 'address_note'].map((name): [string, string] => [name, SILENT]),
  ...['announceWebhooks', 'readBrokerEvents'].map((name): [string, string] => [name, ENDLESS]),
  ...[
    'lifecycle_paused_by',
    'names_sanctioned',
    'address_sanctioned',
    'readAddress',
    'address_read',
    'readOnboarding',
  ].map((name): [string, string] => [name, READS]),
  ...['open_float', 'open_treasury_wallet'].map((name): [string, string] => [name, SETS_UP]),
]);
