/**
 * The six words that companies say about a deposit, in each of their 720 orders, each twice, and all again three days
 * late under new ids: through the real routing and the real steps of the database. Who hears the signals stands in for
 * the workflow and does what it does: what comes next is done as soon as its word was heard, and nothing else.
 */
import { randomUUID } from 'node:crypto';
import { depositIdOf } from '../../db/derived-id.ts';
import {
  receiveCircleReport,
  receiveMintReport,
  type WorkflowSignal,
} from '../../db/platform/inbound-event-queries.ts';
import { brokerFunded, offRampCompleted, offRampStarted } from '../../domain/funding/deposit-postings.ts';
import { parseUnits } from '../../domain/money.ts';
import {
  addUser,
  addWallet,
  balanceOf,
  confirmDeposit,
  expectBooksToBalance,
  type LedgerDatabase,
  openLedgerDatabase,
} from '../db/records.ts';

let database: LedgerDatabase;
beforeAll(async () => {
  database = await openLedgerDatabase();
});
afterAll(() => database.drop());

const WORDS = ['confirmed', 'complete', 'out sent', 'out complete', 'mint', 'journal'] as const;
type Word = (typeof WORDS)[number];
const RIGHT_ORDER = ['seen', 'confirmed', 'off_ramp_started', 'off_ramp_completed', 'broker_funded'];
const AMOUNT = '10.00';
const AT_ONCE = 10;

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((first, at) => permutations(items.toSpliced(at, 1)).map((rest) => [first, ...rest]));
}

/** One deposit of the customer, and whoever hears of it. */
function depositOf(userId: string, walletId: string) {
  const circleId = randomUUID();
  const [id, reference, mintId, journalId] = [
    depositIdOf(circleId),
    randomUUID(),
    randomUUID(),
    randomUUID(),
  ];
  const money = { userId, walletId, units: parseUnits(AMOUNT) };
  const heard = new Set<string>();
  let status = '';

  const circle = (eventId: string, direction: string, state: string) =>
    receiveCircleReport(
      database,
      { eventId, payload: {} },
      {
        ...{ direction, state, amount: AMOUNT, isUsdc: true, tokenId: null, source: null, errorReason: null },
        id: direction === 'inbound' ? circleId : reference,
        walletId: `circle-${walletId}`,
        txHash: direction === 'inbound' ? `0xin${circleId}` : `0xout${circleId}`,
        refId: direction === 'inbound' ? null : `deposit:${id}:off_ramp:1`,
      },
    );
  const journal = async (eventId: string) => {
    const event = {
      ...{ provider: 'alpaca', provider_event_id: eventId, kind: 'alpaca.journal', reference: journalId },
      payload: {},
      message: {
        source: 'alpaca.journal',
        state: 'executed',
        reference: journalId,
        at: '2026-01-15T18:24:10Z',
      },
    };
    const [row] = await database.query<{ result: { signals: WorkflowSignal[] } }>(
      'select receive_journal_events($1, $2, $3) as result',
      [`journals ${id}`, eventId, JSON.stringify([event])],
    );
    return { signals: row?.result.signals ?? [] };
  };
  const said: Record<Word, (eventId: string) => Promise<{ readonly signals: readonly WorkflowSignal[] }>> = {
    confirmed: (eventId) => circle(eventId, 'inbound', 'confirmed'),
    complete: (eventId) => circle(eventId, 'inbound', 'complete'),
    'out sent': (eventId) => circle(eventId, 'outbound', 'sent'),
    'out complete': (eventId) => circle(eventId, 'outbound', 'complete'),
    mint: (eventId) =>
      receiveMintReport(
        database,
        { eventId, payload: {} },
        { id: mintId, outcome: 'succeeded', amount: AMOUNT, txHash: `0xout${circleId}`, errorCode: null },
      ),
    journal,
  };

  const move = async (event: string, postings: unknown): Promise<void> => {
    const p = JSON.stringify({ postings });
    if (event === 'broker_funded') await database.query('select deposit_funded($1, $2)', [id, p]);
    else await database.query(`select transition('deposit', $1, $2, '1', $3)`, [id, event, p]);
    status = event;
  };
  const advance = async (): Promise<void> => {
    if (status === 'seen' && heard.has('circle.inbound complete')) {
      await confirmDeposit(database, id);
      await move('off_ramp_started', offRampStarted(money));
    }
    if (status === 'off_ramp_started' && heard.has('mint.transfer complete')) {
      await move('off_ramp_completed', offRampCompleted(money));
    }
    if (status === 'off_ramp_completed' && heard.has('alpaca.journal executed')) {
      await move('broker_funded', brokerFunded(money));
    }
  };
  const hear = async ({ workflow_id, message }: WorkflowSignal): Promise<void> => {
    expect(workflow_id).toBe(`deposit:${id}`);
    heard.add(`${message.source} ${message.state}`);
    if (status === '' && message.source === 'circle.inbound') {
      await database.query('select deposit_seen($1, $2)', [id, JSON.stringify(message)]);
      status = 'seen';
    }
    await advance();
    await database.query('select finish_event($1::bigint)', [message.event_id]);
  };
  return {
    id,
    begin: () =>
      // Both effects are accepted already: that is when every order of the words can happen.
      database.query(`select record_operations('deposit', $1, $2)`, [
        id,
        JSON.stringify([
          { step: 'off_ramp:1', provider: 'circle', key: randomUUID(), state: 'accepted', reference },
          {
            step: 'journal:1',
            provider: 'alpaca',
            key: randomUUID(),
            state: 'accepted',
            reference: journalId,
          },
        ]),
      ]),
    say: async (word: Word, suffix = ''): Promise<void> => {
      const { signals } = await said[word](`${id} ${word}${suffix}`);
      for (const signal of signals) await hear(signal);
    },
  };
}

async function play(order: readonly Word[], userId: string, walletId: string): Promise<void> {
  const deposit = depositOf(userId, walletId);
  await deposit.begin();
  for (const word of order) {
    await deposit.say(word);
    await deposit.say(word);
  }
  const end = async () => {
    const rows = await database.query<{ event: string; status: string; open: number }>(
      `select e.event, d.status, (select count(*)::int from inbound_events i where i.processed_at is null
         and (i.workflow_id = 'deposit:' || $1 or i.provider_event_id like $1 || ' %')) as open
       from lifecycle_events e join deposits d on d.id = e.subject_id where d.id = $1::uuid order by e.id`,
      [deposit.id],
    );
    return { order, events: rows.map(({ event }) => event), status: rows[0]?.status, open: rows[0]?.open };
  };
  const right = { order, events: RIGHT_ORDER, status: 'broker_funded', open: 0 };
  expect(await end()).toEqual(right);
  for (const word of order) await deposit.say(word, ' three days late');
  expect(await end()).toEqual(right);
}

test('all 720 orders end as the right one, and nothing is left open', async () => {
  const orders = permutations(WORDS);
  expect(orders).toHaveLength(720);
  const userId = await addUser(database);
  const wallets = await Promise.all(['base', 'polygon'].map((chain) => addWallet(database, userId, chain)));
  const left = [...orders];
  const one = async (wallet: string) => {
    for (let order = left.pop(); order; order = left.pop()) await play(order, userId, wallet);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => one(wallets[index % 2] ?? '')));
  expect(await balanceOf(database, 'customer_cash', userId)).toBe(parseUnits(AMOUNT) * 720n);
  await expectBooksToBalance(database);
}, 180_000);
