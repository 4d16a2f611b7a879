/** Withdrawals as the API reaches them: rules are read, personal data is sealed, and one update does the rest. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Database } from '../../db/client.ts';
import {
  applicationContext,
  type FieldKeys,
  newCustomerKey,
  openCustomerKey,
  openJson,
  sealJson,
} from '../../db/funding/customer-key.ts';
import {
  findWithdrawal,
  type WithdrawalIntake,
  withdrawalIntake,
} from '../../db/funding/withdrawal-queries.ts';
import type { Refusal } from '../../domain/funding/address-facts.ts';
import type { Chain } from '../../domain/funding/chain.ts';
import type { KycApplication } from '../../domain/funding/kyc-application.ts';
import { type Beneficiary, type TravelRule, travelRuleContext } from '../../domain/funding/travel-rule.ts';
import { ENOUGH_TO_MEASURE, etaOf } from '../../domain/funding/withdrawal-eta.ts';
import { withdrawalFee, withdrawalFees } from '../../domain/funding/withdrawal-fee.ts';
import { reaches, type WithdrawalLimits, withdrawalLimits } from '../../domain/funding/withdrawal-limits.ts';
import { withdrawalPolicy } from '../../domain/funding/withdrawal-rules.ts';
import { formatUnits, parseUnits } from '../../domain/money.ts';
import { askToCancel, sayApproval, startWithdrawal } from '../../temporal/signal-withdrawal.ts';
import { missingUser } from '../platform/me.ts';
import type { WithdrawalPort } from './withdrawal-port.ts';

export interface WithdrawalGatewayDeps {
  readonly database: Database;
  readonly temporal: Client;
  readonly taskQueue: string;
  /** `config.fields`: the keys that seal customers' keys. */
  readonly fieldKeys: FieldKeys;
}

type Request = Parameters<WithdrawalPort['request']>[0];
type Cancel = Parameters<WithdrawalPort['cancel']>[0];

/** The port that server.ts hands to the routes. */
export function createWithdrawalGateway(deps: WithdrawalGatewayDeps): WithdrawalPort {
  const { temporal } = deps;
  return {
    request: (request) => ask(deps, request),
    cancel: (request) => cancel(deps, request),
    approve: async ({ withdrawalId, staffId, decision, note, operationId }) => {
      const words = { decision, decided_by: staffId, note, request_id: operationId };
      const answer = await sayApproval(temporal, withdrawalId, words).catch(unlessItRuns);
      if (!answer) {
        return { code: 'approval_not_open', detail: 'This withdrawal does not wait for an approval.' };
      }
      return answer.accepted ? undefined : asRefusal(answer.refused);
    },
  };
}

/** One SQL round trip prepares a request, one update makes it. */
async function ask(deps: WithdrawalGatewayDeps, request: Request): Promise<Refusal | undefined> {
  const { userId, operationId: id, addressId, amountUsd } = request;
  const key = newCustomerKey(userId, deps.fieldKeys);
  const intake = await withdrawalIntake(deps.database, userId, addressId, key);
  if (!intake) throw missingUser();
  if (!intake.address) return { code: 'not_found', detail: 'There is no such address in your address book.' };
  const { chain, address } = intake.address;
  if (request.quoted && request.quoted.chain !== chain) {
    return { code: 'quote_not_valid', detail: 'The quote is for another chain than the address.' };
  }
  const limits = withdrawalLimits(intake.limits);
  const feeUsd =
    request.quoted?.feeUsd ?? withdrawalFee(amountUsd, withdrawalFees(intake.fees)[chain]).feeUsd;
  const wrong = amountOutOfRange(amountUsd, feeUsd, limits);
  if (wrong) return wrong;
  if (!request.beneficiary && reaches(amountUsd, limits.travelRuleFromUsd)) {
    return {
      code: 'beneficiary_required',
      detail: `From ${limits.travelRuleFromUsd} USD on, say who receives the money.`,
      figures: { from_usd: limits.travelRuleFromUsd },
    };
  }
  const sealed = request.beneficiary && sealTravelRule(deps, request, intake, request.beneficiary);
  const answer = await startWithdrawal(deps.temporal, deps.taskQueue, {
    id,
    request: {
      user_id: userId,
      chain,
      address_id: addressId,
      destination_address: address,
      amount_usd: amountUsd,
      fee_usd: feeUsd,
      limits,
      needs_approval: reaches(amountUsd, limits.approvalFromUsd),
      approval_expires_seconds: withdrawalPolicy(intake.policy).approvalExpiresSeconds,
      ...etaFields(chain),
      ...(sealed && { sealed_travel_rule: sealed }),
    },
  });
  return 'refused' in answer ? asRefusal(answer.refused) : undefined;
}

/** What holds where too few withdrawals of the chain have been completed to measure. */
function etaFields(chain: Chain): { eta_seconds: number; eta_sample: number } {
  const guess = etaOf(chain, { p50_seconds: null, p90_seconds: null, sample: 0 });
  return { eta_seconds: guess.p50_seconds, eta_sample: ENOUGH_TO_MEASURE };
}

/** Why an amount is no withdrawal; undefined when it is one. */
export function amountOutOfRange(
  amountUsd: string,
  feeUsd: string,
  { leastUsd, mostUsd }: WithdrawalLimits,
): Refusal | undefined {
  const amount = parseUnits(amountUsd);
  if (amount >= parseUnits(leastUsd) && amount <= parseUnits(mostUsd) && amount > parseUnits(feeUsd)) {
    return undefined;
  }
  return {
    code: 'amount_out_of_range',
    detail: `A withdrawal is from ${leastUsd} to ${mostUsd} USD, and more than its fee of ${feeUsd} USD.`,
    figures: { least_usd: leastUsd, most_usd: mostUsd, fee_usd: feeUsd },
  };
}

/** Both ends of the transfer, sealed with the customer's own key; nothing of it goes further in plain text. */
function sealTravelRule(
  { fieldKeys }: WithdrawalGatewayDeps,
  { userId, operationId, amountUsd }: Request,
  intake: WithdrawalIntake,
  beneficiary: Beneficiary,
): string | undefined {
  const { key_id, sealed_key, sealed_application } = intake;
  if (key_id === null || sealed_key === null) return undefined;
  const key = openCustomerKey(userId, { key_id, sealed_key }, fieldKeys);
  const application =
    sealed_application === null
      ? undefined
      : openJson<KycApplication>(key, Buffer.from(sealed_application, 'hex'), applicationContext(userId));
  const rule: TravelRule = {
    originator: {
      name: application ? `${application.given_name} ${application.family_name}` : intake.full_name,
      postal_address: application
        ? [
            ...application.street_address,
            application.city,
            application.state ?? '',
            application.postal_code,
            application.country,
          ].filter(Boolean)
        : [],
      account_id: intake.account_id,
    },
    beneficiary,
    address: intake.address?.address ?? '',
    amount_usd: formatUnits(parseUnits(amountUsd)),
  };
  return sealJson(key, rule, travelRuleContext(operationId)).toString('hex');
}

async function cancel(deps: WithdrawalGatewayDeps, request: Cancel): Promise<Refusal | undefined> {
  const { userId, withdrawalId, operationId } = request;
  const row = await findWithdrawal(deps.database, userId, withdrawalId);
  if (!row) return { code: 'not_found', detail: 'There is no such withdrawal.' };
  const wish = { requested_by: userId, request_id: operationId };
  const answer = await askToCancel(deps.temporal, withdrawalId, wish).catch(unlessItRuns);
  if (answer?.canceled) return undefined;
  if (answer) return { code: answer.code ?? 'withdrawal_under_way', detail: answer.detail ?? '' };
  const status = (await findWithdrawal(deps.database, userId, withdrawalId))?.status ?? row.status;
  if (status === 'canceled') return undefined;
  return { code: 'withdrawal_over', detail: `This withdrawal has ended already: it is ${status}.` };
}

/** A lifecycle that does not run any more has nothing left to say: the row says how it ended. */
function unlessItRuns(error: unknown): undefined {
  if (error instanceof WorkflowNotFoundError) return undefined;
  throw error;
}

type SaidRefusal = { readonly code: string; readonly detail: string; readonly [figure: string]: unknown };

function asRefusal(said: SaidRefusal | undefined): Refusal {
  if (!said) throw new Error('something was refused without a reason');
  const { code, detail, figures } = said;
  return { code, detail, figures: (figures ?? {}) as NonNullable<Refusal['figures']> };
}
