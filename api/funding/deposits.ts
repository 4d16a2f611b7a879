/** Deposits: lists, one with its timeline, and its events as they happen. */
import { z } from 'zod';
import {
  type DepositRow,
  findDeposit,
  followDeposit,
  listDeposits,
  type TimelineRow,
} from '../../db/funding/deposit-queries.ts';
import { CHAINS } from '../../domain/funding/chain.ts';
import { type DepositState, depositLifecycle } from '../../domain/funding/deposit.ts';
import { depositWords } from '../../domain/funding/deposit-facts.ts';
import { isFinal, stateSpec, statesOf } from '../../domain/lifecycle.ts';
import { ROLES } from '../../domain/platform/user.ts';
import { streamEvents } from '../event-stream.ts';
import { isoTime, isoTimeOrNull, timestamp, usd, usdc, uuid } from '../fields.ts';
import { page, pageOf, pageQuery, pageRequest } from '../pagination.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { trimDecimal } from './amounts.ts';

const STATES = statesOf(depositLifecycle);

const timelineEntrySchema = z
  .strictObject({
    id: z.string().describe('Grows with time; the event id of the stream.'),
    event: z.string(),
    from_status: z.enum(STATES).nullable(),
    status: z.enum(STATES),
    message: z.string().describe('For the customer.'),
    tx_hash: z.string().nullable(),
    at: timestamp,
  })
  .meta({ id: 'DepositEvent' });

const summary = {
  id: z.uuid(),
  wallet_id: z.uuid(),
  chain: z.enum(CHAINS),
  tx_hash: z.string().nullable(),
  token: z.string(),
  amount_stablecoin: usdc.describe('What arrived on chain, in `token`.'),
  amount_usd: usd.nullable().describe('Whole cents that are converted; null until confirmed.'),
  source_address: z.string().nullable(),
  status: z.enum(STATES),
  message: z.string().describe('For the customer.'),
  waiting_for: z.string().nullable().describe('Why the state lasts; null when all is usual.'),
  failure_reason: z.string().nullable(),
  expected_at: timestamp
    .nullable()
    .describe(
      'When what it waits for is expected; null when that is not known or nothing unusual is awaited.',
    ),
  final: z.boolean().describe('True when nothing more is expected to happen.'),
  confirmed_at: timestamp.nullable(),
  off_ramp_initiated_at: timestamp.nullable(),
  off_ramp_completed_at: timestamp.nullable(),
  broker_funded_at: timestamp.nullable(),
  created_at: timestamp,
  updated_at: timestamp,
};
const depositSchema = z.strictObject(summary).meta({ id: 'Deposit' });
const depositDetailSchema = z
  .strictObject({ ...summary, timeline: z.array(timelineEntrySchema) })
  .meta({ id: 'DepositDetail' });

function present(row: DepositRow): z.infer<typeof depositSchema> {
  return {
    id: row.id,
    wallet_id: row.wallet_id,
    chain: row.chain,
    tx_hash: row.tx_hash,
    token: row.token,
    amount_stablecoin: trimDecimal(row.amount_stablecoin),
    amount_usd: row.amount_usd,
    source_address: row.source_address,
    status: row.status,
    message: depositWords(row.status, row.waiting_for).customer,
    waiting_for: row.waiting_for,
    failure_reason: row.failure_reason,
    expected_at: isoTimeOrNull(row.float_expected_at),
    final: isFinal(depositLifecycle, row.status),
    confirmed_at: isoTimeOrNull(row.confirmed_at),
    off_ramp_initiated_at: isoTimeOrNull(row.off_ramp_initiated_at),
    off_ramp_completed_at: isoTimeOrNull(row.off_ramp_completed_at),
    broker_funded_at: isoTimeOrNull(row.broker_funded_at),
    created_at: isoTime(row.created_at),
    updated_at: isoTime(row.updated_at),
  };
}

function presentEntry(row: TimelineRow): z.infer<typeof timelineEntrySchema> {
  const status = row.to_state as DepositState;
  return {
    id: row.id,
    event: row.event,
    from_status: row.from_state as DepositState | null,
    status,
    message: stateSpec(depositLifecycle, status).customer,
    tx_hash: row.tx_hash,
    at: row.at,
  };
}

const getDeposits = defineRoute(
  {
    method: 'GET',
    path: '/v1/deposits',
    operationId: 'listDeposits',
    tag: 'deposits',
    summary: 'My deposits',
    access: ROLES,
    query: z.strictObject({
      ...pageQuery,
      status: z.enum(STATES).optional().describe('Only deposits in this state.'),
      chain: z.enum(CHAINS).optional().describe('Only deposits on this chain.'),
    }),
    responses: {
      200: { description: 'Newest first.', schema: page(depositSchema).meta({ id: 'DepositPage' }) },
    },
  },
  async ({ query, caller }, deps) => {
    const rows = await listDeposits(deps.database, caller.userId, pageRequest(query), query);
    return { status: 200, body: pageOf(rows, query.limit, present) };
  },
);

const params = z.strictObject({ deposit_id: uuid });

const getDeposit = defineRoute(
  {
    method: 'GET',
    path: '/v1/deposits/:deposit_id',
    operationId: 'getDeposit',
    tag: 'deposits',
    summary: 'One deposit with its timeline',
    access: ROLES,
    params,
    responses: { 200: { description: 'The deposit.', schema: depositDetailSchema } },
    problems: ['not_found'],
  },
  async ({ params: { deposit_id }, caller }, deps) => {
    const row = await findDeposit(deps.database, caller.userId, deposit_id);
    if (!row) throw new ProblemError('not_found');
    return { status: 200, body: { ...present(row), timeline: row.timeline.map(presentEntry) } };
  },
);

const streamDeposit = defineRoute(
  {
    method: 'GET',
    path: '/v1/deposits/:deposit_id/events',
    operationId: 'streamDepositEvents',
    tag: 'deposits',
    summary: 'A deposit as it happens',
    description:
      'Server-sent events named `deposit`, each a DepositEvent with its id. Reconnect with Last-Event-ID to go on ' +
      'where the stream broke. After the final event the stream ends; asked again with that id, the answer is 204.',
    access: ROLES,
    params,
    responses: {
      200: { description: 'An event stream.', contentType: 'text/event-stream' },
      204: { description: 'The deposit is final and every event was delivered.' },
    },
    problems: ['not_found'],
  },
  async ({ params: { deposit_id }, caller, request, response }, deps) =>
    streamEvents(
      request,
      response,
      { name: 'deposit', userId: caller.userId, stopping: deps.stopping },
      async (afterId) => {
        const found = await followDeposit(deps.database, caller.userId, deposit_id, afterId);
        if (!found) throw new ProblemError('not_found');
        const events = found.timeline.map((row) => ({ id: row.id, data: presentEntry(row) }));
        return { events, ended: isFinal(depositLifecycle, found.status) };
      },
    ),
);

export const depositRoutes = [getDeposits, getDeposit, streamDeposit];
