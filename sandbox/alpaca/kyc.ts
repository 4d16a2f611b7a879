/** The identity check: SUBMITTED to APPROVED to ACTIVE by itself, or wherever a magic value sends it. */
import type { Kernel } from '../kernel/kernel.ts';
import type { Account, Accounts, KycResults, StatusChange } from './account.ts';

/** What the check decides; `hold` leaves the application where it stands. */
export interface Verdict {
  status: 'APPROVED' | 'ACTION_REQUIRED' | 'APPROVAL_PENDING' | 'REJECTED' | 'SUBMISSION_FAILED' | 'hold';
  kyc_results?: KycResults;
  reason?: string;
}

const PASS: Verdict = { status: 'APPROVED', kyc_results: { summary: 'pass' } };
const HOLD: Verdict = { status: 'hold' };

function actionRequired(code: string, information?: string): Verdict {
  const results: KycResults = { indeterminate: { [code]: {} }, summary: 'fail' };
  if (information) results.additional_information = information;
  return { status: 'ACTION_REQUIRED', kyc_results: results };
}

const REJECTED: Verdict = {
  status: 'REJECTED',
  kyc_results: { reject: { WATCHLIST_HIT: {} }, summary: 'fail' },
  reason: 'the application was rejected',
};
const PENDING: Verdict = {
  status: 'APPROVAL_PENDING',
  kyc_results: { indeterminate: { PEP: {} }, summary: 'fail' },
};
const FAILED: Verdict = { status: 'SUBMISSION_FAILED', reason: 'the account could not be created' };

/**
 * Magic values: what each check of an application decides, first before any document, then after each upload
 * (the last entry goes on applying). Keys are `identity.family_name` in lower case.
 */
const MAGIC_FAMILY_NAMES: Readonly<Record<string, readonly Verdict[]>> = {
  actionrequired: [actionRequired('IDENTITY_VERIFICATION'), PASS],
  addresscheck: [actionRequired('ADDRESS_VERIFICATION'), PASS],
  selfiecheck: [actionRequired('SELFIE_VERIFICATION'), PASS],
  otherquestion: [actionRequired('OTHER', 'Please tell us the name of your employer.'), PASS],
  actionrequiredtwice: [
    actionRequired('IDENTITY_VERIFICATION'),
    actionRequired('IDENTITY_VERIFICATION', 'The document was not legible.'),
    PASS,
  ],
  reviewthenrejected: [actionRequired('IDENTITY_VERIFICATION'), REJECTED],
  approvalpending: [PENDING],
  rejected: [REJECTED],
  submissionfailed: [FAILED],
  neverdecided: [HOLD],
};

/** Magic values of `identity.tax_id`, dashes left out. */
const MAGIC_TAX_IDS: Readonly<Record<string, string>> = {
  555661001: 'actionrequired',
  555661002: 'rejected',
  555661003: 'approvalpending',
  555661004: 'submissionfailed',
  555661005: 'neverdecided',
  555661006: 'addresscheck',
  555661007: 'actionrequiredtwice',
  555661008: 'reviewthenrejected',
};

const FAULT_VERDICTS: Readonly<Record<string, Verdict>> = {
  stuck: HOLD,
  pending: PENDING,
  reject: REJECTED,
  fail: FAILED,
  action_required: actionRequired('IDENTITY_VERIFICATION'),
};

/** What the magic values of an application say, after so many uploads. */
function magicVerdict(account: Account): Verdict {
  const taxId = String(account.identity.tax_id ?? '').replace(/\D/g, '');
  const family = String(account.identity.family_name ?? '').toLowerCase();
  const verdicts = MAGIC_FAMILY_NAMES[MAGIC_TAX_IDS[taxId] ?? family] ?? [PASS];
  return verdicts[Math.min(account.uploads, verdicts.length - 1)] ?? PASS;
}

export interface Kyc {
  /** Lets a new or completed application be checked. */
  submit: (account: Account) => void;
  /** Documents came in: an application that waited for them is checked again. */
  documentsReceived: (account: Account) => Account;
  /** An operator's decision, from the control API. */
  decide: (account: Account, change: StatusChange) => Account;
}

/**
 * Drives applications. Delays: `alpaca.kyc_ms`, `alpaca.activation_ms`. Outcome faults of
 * `alpaca.createAccount`: `stuck`, `pending`, `reject`, `fail`, `action_required`.
 */
export function createKyc(kernel: Kernel, accounts: Accounts): Kyc {
  kernel.settings.defineDelay('alpaca.kyc_ms', 4_000);
  kernel.settings.defineDelay('alpaca.activation_ms', 1_500);

  const approve = (account: Account, results: KycResults | null | undefined): Account => {
    const change: StatusChange = { status: 'APPROVED' };
    if (results !== undefined) change.kyc_results = results;
    const approved = accounts.move(account, change);
    kernel.scheduler.after('alpaca.activation_ms', 'alpaca.activateAccount', { id: account.id });
    return approved;
  };
  kernel.scheduler.on<{ id: string }>('alpaca.checkAccount', ({ id }) => {
    const account = accounts.get(id);
    // An operator may have decided meanwhile, or the account may be closed.
    if (account.status !== 'SUBMITTED' && account.status !== 'RESUBMITTED') return;
    const kinds = Object.keys(FAULT_VERDICTS);
    const fault = kernel.faults.take('alpaca', 'alpaca.createAccount', account, kinds);
    const verdict = (fault && FAULT_VERDICTS[fault.kind]) ?? magicVerdict(account);
    if (verdict.status === 'hold') return;
    if (verdict.status === 'APPROVED') {
      approve(account, verdict.kyc_results);
      return;
    }
    accounts.move(account, verdict as StatusChange);
  });
  kernel.scheduler.on<{ id: string }>('alpaca.activateAccount', ({ id }) => {
    const account = accounts.get(id);
    if (account.status === 'APPROVED') accounts.move(account, { status: 'ACTIVE' });
  });

  const submit = (account: Account): void => {
    kernel.scheduler.after('alpaca.kyc_ms', 'alpaca.checkAccount', { id: account.id });
  };
  return {
    submit,
    documentsReceived(account) {
      if (account.status !== 'ACTION_REQUIRED') return account;
      const resubmitted = accounts.move(account, { status: 'SUBMITTED' });
      submit(resubmitted);
      return resubmitted;
    },
    decide: (account, change) =>
      change.status === 'APPROVED' ? approve(account, change.kyc_results) : accounts.move(account, change),
  };
}
