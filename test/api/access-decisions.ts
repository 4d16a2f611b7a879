/** The decision about each endpoint: who may call it, whose object it may touch, and what a right call answers. */
import type { Role } from '../../domain/platform/user.ts';

/** What an endpoint is asked about, where its path names something. */
export type ObjectKind =
  | 'wallet'
  | 'deposit'
  | 'address'
  | 'withdrawal'
  | 'notification'
  | 'user'
  | 'review'
  | 'wire'
  | 'run'
  | 'break'
  | 'endpoint'
  | 'delivery';

export interface Decision {
  readonly roles: 'anybody' | readonly Role[];
  /** What the path names. */
  readonly object?: ObjectKind;
  /** True when only the owner of the object learns that it exists, also among staff. */
  readonly private?: true;
  /** True when a suspended caller may not. */
  readonly refusesSuspended?: true;
  /** The status of a right call; any success unless told. */
  readonly answer?: number;
}

const EVERYBODY: readonly Role[] = ['user', 'support', 'admin'];
const CUSTOMERS: readonly Role[] = ['user'];
const STAFF: readonly Role[] = ['support', 'admin'];
const ADMINS: readonly Role[] = ['admin'];

type More = Omit<Decision, 'roles' | 'object' | 'private' | 'refusesSuspended'>;
const open = (more: More = {}): Decision => ({ roles: 'anybody', ...more });
const reads = (roles: readonly Role[], more: More = {}): Decision => ({ roles, ...more });
const writes = (roles: readonly Role[], more: More = {}): Decision => ({
  roles,
  refusesSuspended: true,
  ...more,
});
const readsOwn = (object: ObjectKind): Decision => ({ roles: EVERYBODY, object, private: true });
const writesOwn = (object: ObjectKind, more: More = {}): Decision => ({
  ...{ roles: CUSTOMERS, object, private: true, refusesSuspended: true },
  ...more,
});
const readsAny = (object: ObjectKind): Decision => ({ roles: STAFF, object });
const writesAny = (roles: readonly Role[], object: ObjectKind, more: More = {}): Decision => ({
  ...{ roles, object, refusesSuspended: true },
  ...more,
});

export const DECISIONS: Readonly<Record<string, Decision>> = {
  startPhoneVerification: open(),
  verifyPhone: open({ answer: 401 }),
  exchangeRefreshToken: open({ answer: 401 }),
  getJwks: open(),
  staffSignIn: open({ answer: 401 }),
  healthz: open(),
  readyz: open(),
  metrics: open(),
  getOpenApi: open(),
  getDocs: open(),
  listProblems: open(),
  getProblem: open(),

  signOut: reads(EVERYBODY),
  getMe: reads(EVERYBODY),
  updateMe: writes(EVERYBODY),
  setPasscode: writes(EVERYBODY),
  verifyPasscode: reads(EVERYBODY),
  getKyc: reads(EVERYBODY),
  listWallets: reads(EVERYBODY),
  getBalance: reads(EVERYBODY),
  listDeposits: reads(EVERYBODY),
  listAddresses: reads(EVERYBODY),
  listWithdrawals: reads(EVERYBODY),
  listTransactions: reads(EVERYBODY),
  listNotifications: reads(EVERYBODY),
  getNotificationPreferences: reads(EVERYBODY),
  setNotificationPreferences: reads(EVERYBODY),
  submitKyc: writes(CUSTOMERS),
  uploadKycDocument: writes(CUSTOMERS),
  quoteWithdrawal: reads(CUSTOMERS),
  addAddress: writes(CUSTOMERS, { answer: 409 }),

  getWallet: readsOwn('wallet'),
  getWalletQr: readsOwn('wallet'),
  getDeposit: readsOwn('deposit'),
  streamDepositEvents: readsOwn('deposit'),
  getAddress: readsOwn('address'),
  getWithdrawal: readsOwn('withdrawal'),
  streamWithdrawalEvents: readsOwn('withdrawal'),
  readNotification: readsOwn('notification'),
  removeAddress: writesOwn('address'),
  cancelWithdrawal: writesOwn('withdrawal', { answer: 409 }),
  requestWithdrawal: writesOwn('address', { answer: 409 }),

  listUsers: reads(STAFF),
  listSwitches: reads(STAFF),
  listSwitchChanges: reads(STAFF),
  listSettings: reads(STAFF),
  getSetting: reads(STAFF),
  listSettingChanges: reads(STAFF),
  listWebhookEndpoints: reads(STAFF),
  listReviews: reads(STAFF),
  listReviewQueue: reads(STAFF),
  listWithdrawalsForStaff: reads(STAFF),
  listReconciliationRuns: reads(STAFF),
  listReconciliationBreaks: reads(STAFF),
  getTreasury: reads(STAFF),
  listWires: reads(STAFF),
  getLedgerBalances: reads(STAFF),
  getLedgerChains: reads(STAFF),
  getLedgerTrace: reads(STAFF, { answer: 404 }),
  decodePayloads: reads(STAFF),
  encodePayloads: reads(STAFF),
  listAuditLog: reads(ADMINS),

  getUser: readsAny('user'),
  getCase: readsAny('user'),
  getWebhookEndpoint: readsAny('endpoint'),
  listWebhookDeliveries: readsAny('endpoint'),
  getWebhookDelivery: readsAny('delivery'),
  explainLifecycle: readsAny('deposit'),
  getLifecycle: readsAny('deposit'),
  getReview: readsAny('review'),
  getReconciliationRun: readsAny('run'),
  getReconciliationBreak: readsAny('break'),
  getWire: readsAny('wire'),
  streamWireEvents: readsAny('wire'),

  startReconciliation: writes(STAFF),
  decideWithdrawalApproval: writesAny(STAFF, 'withdrawal', { answer: 409 }),
  decideReview: writesAny(STAFF, 'review'),
  confirmReview: writesAny(STAFF, 'review', { answer: 409 }),
  claimReview: writesAny(STAFF, 'review'),
  releaseReview: writesAny(STAFF, 'review'),
  assignReconciliationBreak: writesAny(STAFF, 'break'),
  noteReconciliationBreak: writesAny(STAFF, 'break'),
  resolveReconciliationBreak: writesAny(STAFF, 'break', { answer: 409 }),
  approveWire: writesAny(STAFF, 'wire'),

  setSwitch: writes(ADMINS),
  setSetting: writes(ADMINS),
  createWebhookEndpoint: writes(ADMINS),
  replaceSanctionsList: writes(ADMINS),
  requestWire: writes(ADMINS),
  suspendUser: writesAny(ADMINS, 'user'),
  activateUser: writesAny(ADMINS, 'user'),
  updateWebhookEndpoint: writesAny(ADMINS, 'endpoint'),
  deleteWebhookEndpoint: writesAny(ADMINS, 'endpoint'),
  rotateWebhookSecret: writesAny(ADMINS, 'endpoint'),
  testWebhookEndpoint: writesAny(ADMINS, 'endpoint'),
  resendWebhookDelivery: writesAny(ADMINS, 'delivery'),
  assignReview: writesAny(ADMINS, 'review', { answer: 409 }),
  cancelWire: writesAny(ADMINS, 'wire'),
};
