/** The card answers "where is this customer's money?", for a person who has never seen the code. */
import type { DepositFacts } from '../../domain/funding/deposit-facts.ts';
import { depositWords } from '../../domain/funding/deposit-facts.ts';
import { depositCard } from '../../workflows/funding/deposit-card.ts';

const FUNDED: DepositFacts = {
  status: 'broker_funded',
  user_id: 'u',
  wallet_id: 'w',
  chain: 'ethereum',
  amount_stablecoin: '120.007',
  amount_usd: '120.00',
  off_ramp_attempt: 1,
  refund_attempt: 0,
  refund: null,
  journal_attempt: 1,
  circle_transfer_ref: 'transfer-1',
  broker_journal_ref: 'journal-1',
  waiting_for: null,
  since: '2026-01-02T15:04:05Z',
  circle_wallet_id: 'cw',
  alpaca_account_id: 'a',
  mint_address: '0x1',
  paused_by: null,
  unclear: false,
  journal_state: null,
  references: [],
};

/** The card's heading and its rows by name. */
function read(facts: Partial<DepositFacts>, question?: string): Record<string, string> {
  const lines = depositCard('d1', { ...FUNDED, ...facts }, question).split('\n');
  const rows = lines.map((line) => line.split('|').map((cell) => cell.trim().replaceAll('\u00a0', ' ')));
  return {
    heading: lines[0] ?? '',
    ...Object.fromEntries(rows.filter((row) => row.length === 4).map((row) => [row[1], row[2]])),
  };
}

test('a finished deposit: the dollars are at the broker, and nobody must act', () => {
  expect(read({})).toMatchObject({
    heading: '### broker funded',
    '**Where the money is**': "Dollars in the customer's account at Alpaca: buying power.",
    'Who must act': 'Nobody.',
    Since: '2026-01-02T15:04:05Z',
    Amount: '120.007 USDC on ethereum, 120.00 USD converted',
    Case: '`/v1/admin/lifecycles/deposit/d1`',
    'Circle transfer': '`transfer-1`',
    'Alpaca journal': '`journal-1`',
  });
});

test('a deposit in review says what happened and what a decision does', () => {
  const question = 'Alpaca reports the journal as rejected.';
  expect(read({ status: 'off_ramp_complete', waiting_for: 'review' }, question)).toMatchObject({
    heading: '### off ramp complete, waits: review',
    '**Where the money is**': 'Dollars in our account at Circle Mint; our ledger owes them to the customer.',
    'The open review': question,
    'Who must act': '**Support**: decide the open review.',
    'What comes next': 'With the decision `retry` the deposit goes on from here.',
  });
});

test('a review beside a deposit that goes on is told too', () => {
  const card = read({ status: 'off_ramp_initiated' }, 'Mint has not credited the transfer.');
  expect(card.heading).toBe('### off ramp initiated');
  expect(card['Who must act']).toMatch(/^\*\*Support\*\*: look at the open review/);
});

test("a provider's words cannot break the table", () => {
  expect(read({}, 'one | two\nthree')['The open review']).toBe('one   two three');
});

test('a deposit that waits for float names the treasury', () => {
  const card = read({ status: 'off_ramp_complete', waiting_for: 'float', broker_journal_ref: null });
  expect(card['Who must act']).toBe('**Treasury**: the firm account at Alpaca needs float.');
  expect(card['Alpaca journal']).toBeUndefined();
});

test('dust is not said to be converted: only its own sentence stands', () => {
  expect(depositWords('confirmed_on_chain', 'next_deposit').customer).toBe(
    'It has arrived. Amounts below one cent wait here and join your next deposit on this network.',
  );
  expect(depositWords('confirmed_on_chain', null).customer).toMatch(/We are converting it/);
});

test('a reason that this version does not know says nothing', () => {
  expect(depositWords('off_ramp_complete', 'the_moon')).toEqual(
    expect.objectContaining({ customer: depositWords('off_ramp_complete', null).customer }),
  );
});
