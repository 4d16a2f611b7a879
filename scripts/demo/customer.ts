/** The customer of the demo: signs up by phone, sets a passcode, proves who they are, gets wallets. */
import { randomBytes, randomInt } from 'node:crypto';
import type { Printer } from './printer.ts';
import { type DemoWorld, until } from './world.ts';

/** Where the sandbox's test networks stand for the chains of the API. */
export const SANDBOX_NETWORKS = {
  ethereum: 'ETH-SEPOLIA',
  solana: 'SOL-DEVNET',
  base: 'BASE-SEPOLIA',
  polygon: 'MATIC-AMOY',
} as const;
export type DemoChain = keyof typeof SANDBOX_NETWORKS;

export interface DemoWallet {
  readonly id: string;
  readonly chain: DemoChain;
  readonly address: string | null;
  readonly status: string;
}

export interface DemoCustomer {
  readonly id: string;
  readonly token: string;
  /** Gives the passcode; answers the token that lets one movement of money pass. */
  confirm(): Promise<string>;
}

interface Kyc {
  readonly status: string;
  readonly message: string;
  readonly missing: readonly string[];
  readonly asks: readonly { readonly message: string; readonly documents: readonly string[] }[];
}

const KYC_SECONDS = 90;
const WALLETS_SECONDS = 60;
const SMS_SECONDS = 15;
const PASSCODE = '739264';
/** The broker of the sandbox asks people of this name for a document, and then lets them in. */
const FAMILY_NAME = 'ActionRequired';

/** Signs up with a code sent to a phone that nobody had before. */
export async function signUp(world: DemoWorld, printer: Printer): Promise<DemoCustomer> {
  const phone = `+1500${String(randomInt(1_000_000, 10_000_000))}`;
  await world.api('POST', '/v1/auth/phone/start', { body: { phone_number: phone } });
  printer.step('Asked for a code', `to ${phone}`);
  const code = await until('the text message with the code', SMS_SECONDS, () => findCode(world, phone));
  printer.step('Read the text message', code);
  const session = await world.api<{ access_token: string }>('POST', '/v1/auth/phone/verify', {
    body: { phone_number: phone, code },
  });
  const token = session.access_token;
  const { id } = await world.api<{ id: string }>('GET', '/v1/me', { token });
  printer.step('Signed in', `as user ${id}`);
  const confirm = async () => {
    const body = { passcode: PASSCODE };
    return (await world.api<{ step_up_token: string }>('POST', '/v1/me/passcode', { token, body }))
      .step_up_token;
  };
  return { id, token, confirm };
}

async function findCode(world: DemoWorld, phone: string): Promise<string | undefined> {
  const inbox = `/control/sms?to=${encodeURIComponent(phone)}`;
  const { data } = await world.sandbox<{ data: { body: string }[] }>('GET', inbox);
  return data[0]?.body.match(/\b\d{6}\b/)?.[0];
}

/** Sets the passcode that will confirm movements of money. */
export async function setPasscode(
  world: DemoWorld,
  printer: Printer,
  { token }: DemoCustomer,
): Promise<void> {
  await world.api('PUT', '/v1/me/passcode', { token, body: { passcode: PASSCODE } });
  printer.step('Set a passcode', 'it will confirm what leaves the account');
}

/** Applies for a brokerage account, hands in the document that the broker asks for, and is approved. */
export async function passKyc(world: DemoWorld, printer: Printer, { token }: DemoCustomer): Promise<void> {
  await world.api('POST', '/v1/me/kyc', { token, body: application() });
  printer.step('Applied for an account', (await kycOf(world, token)).message);
  const asked = await decision(world, token, ['action_required', 'approved']);
  if (asked.status === 'action_required') {
    const [ask] = asked.asks;
    printer.step('Was asked for more', ask?.message);
    await world.api('POST', '/v1/me/kyc/documents', {
      token,
      body: {
        document_type: ask?.documents[0],
        mime_type: 'image/png',
        content: randomBytes(2_000).toString('base64'),
      },
    });
    printer.step('Uploaded it', `as ${ask?.documents[0]}`);
  }
  printer.step('Was approved', (await decision(world, token, ['approved'])).message);
}

const kycOf = (world: DemoWorld, token: string) => world.api<Kyc>('GET', '/v1/me/kyc', { token });

function decision(world: DemoWorld, token: string, wanted: readonly string[]): Promise<Kyc> {
  return until(`an application that is ${wanted.join(' or ')}`, KYC_SECONDS, async () => {
    const kyc = await kycOf(world, token);
    return wanted.includes(kyc.status) ? kyc : undefined;
  });
}

/** Waits for a wallet on each chain. */
export async function getWallets(
  world: DemoWorld,
  printer: Printer,
  { token }: DemoCustomer,
): Promise<Readonly<Record<DemoChain, DemoWallet>>> {
  const chains = Object.keys(SANDBOX_NETWORKS);
  const found = await until('a wallet on each chain', WALLETS_SECONDS, async () => {
    const { data } = await world.api<{ data: DemoWallet[] }>('GET', '/v1/wallets', { token });
    const active = data.filter(({ status, address }) => status === 'active' && address !== null);
    return active.length === chains.length ? active : undefined;
  });
  for (const { chain, address } of found) printer.step(`Got a wallet on ${chain}`, address ?? '');
  return Object.fromEntries(found.map((wallet) => [wallet.chain, wallet])) as Record<DemoChain, DemoWallet>;
}

function application(): object {
  const serial = randomBytes(4).toString('hex');
  return {
    given_name: 'Dana',
    family_name: FAMILY_NAME,
    date_of_birth: '1988-04-12',
    tax_id: `${randomInt(100, 600)}-${randomInt(10, 99)}-${randomInt(1_000, 9_999)}`,
    tax_id_type: 'USA_SSN',
    country_of_tax_residence: 'USA',
    email_address: `dana.${serial}@example.com`,
    street_address: ['20 North San Mateo Drive'],
    city: 'San Mateo',
    state: 'CA',
    postal_code: '94401',
    country: 'USA',
    funding_source: ['employment_income'],
    is_control_person: false,
    is_affiliated_exchange_or_finra: false,
    is_politically_exposed: false,
    immediate_family_exposed: false,
    agreements: ['customer_agreement', 'account_agreement'],
  };
}
