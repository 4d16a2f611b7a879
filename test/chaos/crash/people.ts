/** Onboardings and entries of the address book: to the end, and by way of a person's decision. */
import { randomUUID } from 'node:crypto';
import { apply, type Customer, newCustomer, upload } from '../../support/applicant.ts';
import { eventually } from '../../support/eventually.ts';
import type { Spender } from '../../support/money-out.ts';
import { freshAddress, stepUpFor } from '../../support/withdrawer.ts';
import { type Cast, decided, inReview, insist, seeThrough } from './cast.ts';
import { type CrashEntry, errands, expectRows, type Group, LONGEST_MS } from './entry.ts';

interface Standing {
  readonly id: string;
  readonly kyc_status: string;
  readonly alpaca_account_id: string | null;
  readonly wallets: readonly string[];
}

const standing = (cast: Cast, customers: readonly Customer[]) =>
  cast.rows<Standing>(
    `select id, kyc_status, alpaca_account_id, array(select circle_wallet_id from wallets w
       where w.user_id = u.id and w.status = 'active' order by 1) as wallets
     from users u where id = any ($1)`,
    [customers.map(({ id }) => id)],
  );

/** Throws unless the customer has one account at the broker, and at Circle exactly the wallets of our books. */
async function madeOnce(cast: Cast, customer: Customer, row: Standing | undefined): Promise<void> {
  const { alpaca, circle } = cast.stage.stack.sandbox.facts;
  const basic = Buffer.from(`${alpaca.key}:${alpaca.secret}`).toString('base64');
  const read = async (url: string, authorization: string) =>
    (await fetch(url, { headers: { authorization } })).json();
  const query = encodeURIComponent(customer.application.email_address);
  const accounts = (await read(`${alpaca.base_url}/v1/accounts?query=${query}`, `Basic ${basic}`)) as {
    id: string;
  }[];
  const made = accounts.map(({ id }) => id).join();
  if (made !== row?.alpaca_account_id) throw new Error(`${customer.id} has the accounts ${made}`);
  const url = `${circle.base_url}/v1/w3s/wallets?refId=${customer.id}&pageSize=50`;
  const { data } = (await read(url, `Bearer ${circle.api_key}`)) as { data: { wallets: { id: string }[] } };
  const wallets = data.wallets.map(({ id }) => id).sort();
  if (wallets.join() !== [...row.wallets].sort().join())
    throw new Error(`${customer.id} has ${wallets.length} wallets at Circle and ${row.wallets.length} here`);
}

async function handIn(cast: Cast, customer: Customer): Promise<void> {
  const status = await upload(cast.stage.stack, customer, 'identity_verification');
  if (status >= 300) throw new Error(`the document was not taken: ${status}`);
}

/** From the application by way of a document to an open account with a wallet on each chain. */
function onboards(cast: Cast): CrashEntry {
  const { stack } = cast.stage;
  const isDone = ({ kyc_status, wallets }: Standing) => kyc_status === 'approved' && wallets.length === 4;
  return {
    ...{ of: 'kyc', path: 'applies, hands in a document and is approved', isTrunk: true },
    begin: async (count): Promise<Group> => {
      const customers = await Promise.all(
        Array.from({ length: count }, () => newCustomer(stack, { family_name: 'ActionRequired' })),
      );
      // The broker does not take the document at first: a person is told of it, and it is handed in again.
      await cast.plant({ company: 'alpaca', operation: 'alpaca.uploadDocuments', kind: 'refuse', count });
      const [applying, handing] = [errands(), errands()];
      const read = () => standing(cast, customers);
      return {
        tend: async () => {
          const states = new Map((await read()).map(({ id, kyc_status }) => [id, kyc_status]));
          for (const customer of customers) {
            const state = states.get(customer.id);
            if (state === 'not_started') applying.again(customer.id, () => apply(stack, customer));
            if (state === 'action_required') handing.once(customer.id, () => handIn(cast, customer));
          }
        },
        rests: async () => expectRows('onboardings', await read(), count, isDone),
        holds: async () => {
          const rows = new Map((await read()).map((row) => [row.id, row]));
          for (const customer of customers) await madeOnce(cast, customer, rows.get(customer.id));
        },
      };
    },
  };
}

/** The e-mail address belongs to somebody else's account: a person asks the customer to correct it. */
function corrects(cast: Cast): CrashEntry {
  const { stack } = cast.stage;
  let first: Promise<Customer> | undefined;
  const firstCustomer = async (): Promise<Customer> => {
    const customer = await newCustomer(stack);
    await seeThrough({
      tend: async () => {
        const [row] = await standing(cast, [customer]);
        if (row?.kyc_status === 'not_started') await apply(stack, customer);
      },
      rests: async () =>
        expectRows('first', await standing(cast, [customer]), 1, (row) => row.kyc_status === 'approved'),
    });
    return customer;
  };
  return {
    ...{ of: 'kyc', path: 'is sent back to the customer by a person' },
    begin: async (count): Promise<Group> => {
      first ??= firstCustomer();
      const { email_address } = (await first).application;
      const customers = await Promise.all(
        Array.from({ length: count }, () => newCustomer(stack, { given_name: 'Grace', email_address })),
      );
      const ids = customers.map(({ id }) => id);
      const [applying, reviews] = [errands(), errands()];
      return {
        tend: async () => {
          for (const customer of customers) applying.once(customer.id, () => applied(cast, customer));
          await cast.answer(reviews, ids, { broker_email_taken: { decision: 'ask_correction' } });
        },
        rests: async () => {
          const rows = await standing(cast, customers);
          expectRows('sent back', rows, count, ({ kyc_status }) => kyc_status === 'not_started');
          await decided(cast, ids, 'broker_email_taken');
        },
        holds: () => haveNoAccount(cast, customers),
      };
    },
  };
}

/** Applies, unless an earlier try whose answer was lost has done so. */
async function applied(cast: Cast, customer: Customer): Promise<void> {
  const events = await cast.rows(
    `select from lifecycle_events where lifecycle = 'kyc' and subject_id = $1 and event = 'submitted'`,
    [customer.id],
  );
  if (events.length === 0) await apply(cast.stage.stack, customer);
}

async function haveNoAccount(cast: Cast, customers: readonly Customer[]): Promise<void> {
  for (const row of await standing(cast, customers))
    if (row.alpaca_account_id) throw new Error(`${row.id} has the account ${row.alpaca_account_id}`);
}

/** The broker refuses what the customer wrote: the application is the customer's again. */
function refused(cast: Cast): CrashEntry {
  const { stack } = cast.stage;
  return {
    ...{ of: 'kyc', path: 'is refused by the broker' },
    begin: async (count): Promise<Group> => {
      const customers = await Promise.all(
        Array.from({ length: count }, () => newCustomer(stack, { tax_id: '123-45-6789' })),
      );
      const applying = errands();
      const told = () =>
        cast.rows<{ n: number }>(
          `select count(*)::int as n from lifecycle_events
           where lifecycle = 'kyc' and subject_id = any ($1) and event = 'refused' group by subject_id`,
          [customers.map(({ id }) => id)],
        );
      return {
        tend: async () => {
          for (const customer of customers) applying.once(customer.id, () => applied(cast, customer));
        },
        rests: async () => expectRows('refused applications', await told(), count, ({ n }) => n === 1),
        holds: () => haveNoAccount(cast, customers),
      };
    },
  };
}

interface NewAddress {
  readonly who: Spender;
  readonly address: string;
  readonly key: string;
}

const newAddresses = (cast: Cast, count: number): NewAddress[] =>
  Array.from({ length: count }, () => ({
    ...{ who: cast.nextSpender(), address: freshAddress(), key: randomUUID() },
  }));

async function add(cast: Cast, { who, address, key }: NewAddress): Promise<unknown> {
  const token = await cast.stage.stack.token(who.id);
  const headers = { 'step-up-token': await stepUpFor(cast.stage.stack, who.id) };
  return cast.call('POST', '/v1/addresses', {
    token,
    headers,
    key,
    body: { chain: 'base', address, label: 'Mine' },
  });
}

const bookOf = (cast: Cast, added: readonly NewAddress[]) =>
  cast.rows<{ id: string; status: string }>(
    'select id, status from withdrawal_addresses where address = any ($1)',
    [added.map(({ address }) => address)],
  );
const isActive = ({ status }: { status: string }) => status === 'active';

/** Once each, and no other: an address that was added twice would stand there twice. */
function address(cast: Cast): CrashEntry {
  return {
    ...{ of: 'address', path: 'rests, is checked and becomes usable', isTrunk: true },
    begin: async (count): Promise<Group> => {
      const added = newAddresses(cast, count);
      const errand = errands();
      const rests = async () => expectRows('addresses', await bookOf(cast, added), count, isActive);
      return {
        tend: async () => {
          for (const one of added) errand.once(one.key, () => add(cast, one));
        },
        ...{ rests, holds: rests },
      };
    },
  };
}

/** On a list when it is added, off it when a person looks again. */
function cleared(cast: Cast): CrashEntry {
  const list = (addresses: readonly string[]) =>
    cast.call('PUT', '/v1/admin/sanctions-lists/CRASH', {
      token: cast.admin.token,
      body: { addresses: addresses.map((one) => ({ address: one, reference: '1' })), names: [] },
    });
  return {
    ...{ of: 'address', path: 'is blocked, and a person clears it' },
    begin: async (count): Promise<Group> => {
      const added = newAddresses(cast, count);
      await insist('the list is taken', () => list(added.map((one) => one.address)));
      await Promise.all(added.map((one) => insist('the address is added', () => add(cast, one))));
      const book = await eventually(
        'all are in the book',
        async () => {
          const rows = await bookOf(cast, added);
          return rows.length === count && rows;
        },
        { timeoutMs: LONGEST_MS },
      );
      const ids = book.map(({ id }) => id);
      await inReview(cast, ids, 'sanctions_hit');
      await insist('the list is empty', () => list([]));
      const reviews = errands();
      const rests = async () => expectRows('cleared addresses', await bookOf(cast, added), count, isActive);
      return {
        tend: () => cast.answer(reviews, ids, { sanctions_hit: { decision: 'retry' } }),
        ...{ rests, holds: rests },
      };
    },
  };
}

/** Every path of an onboarding and of an address. */
export function peopleEntries(cast: Cast): CrashEntry[] {
  return [onboards(cast), corrects(cast), refused(cast), address(cast), cleared(cast)];
}
