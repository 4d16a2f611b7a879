/**
 * A small campaign of the real processes, as `npm run chaos` runs large ones: whoever is killed and whatever
 * fails, every sentence holds; and each sentence is seen to break when its breach is planted.
 *
 * A run prints its seed; `CHAOS_SEED=<seed>` plays its plan again.
 */
import { runCampaign } from '../../chaos/campaign.ts';
import { ENTRIES } from '../../chaos/entries.ts';
import { checkInvariants } from '../../chaos/invariants.ts';
import { blowsOf, faultsOf } from '../../chaos/plan.ts';
import { inWords } from '../../chaos/report.ts';
import { startWorld, type World } from '../../chaos/world.ts';

const SEED = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));

let world: World;
const said: string[] = [];

beforeAll(async () => {
  world = await startWorld((line) => said.push(line));
}, 90_000);
afterAll(() => world?.stop(), 60_000);

test(`under blows and faults every invariant holds (seed ${SEED})`, async () => {
  const options = { seed: SEED, lifecycles: 120, concurrency: 20, customers: 8, calmSeconds: 270 };
  const report = await runCampaign(world, ENTRIES, options, (line) => said.push(line));
  const broken = report.invariants.filter(({ breaches }) => breaches.length > 0);
  if (broken.length > 0) throw new Error(`${said.join('\n')}\n${inWords(report)}`);
  expect(report.started).toBeGreaterThanOrEqual(120);
  expect(Object.keys(report.blows)).not.toEqual([]);
  expect(Object.keys(report.faults)).not.toEqual([]);
}, 480_000);

describe('the campaign can fail', () => {
  const breaches = async (holds: RegExp): Promise<readonly string[]> => {
    const found = (await checkInvariants(world, ENTRIES, [])).find((one) => holds.test(one.holds));
    if (!found) throw new Error(`no invariant is called ${holds}`);
    return found.breaches;
  };

  test('money that the companies hold and our ledger does not know', async () => {
    expect(await breaches(/^every place/)).toEqual([]);
    await world.control('POST', '/control/mint/balance', { amount: '0.01' });
    expect(await breaches(/^every place/)).toEqual([expect.stringMatching(/^Mint: our ledger says/)]);
  });

  test('a transfer whose deposit is gone from the books of Circle', async () => {
    await world.pool.query(
      `insert into deposits (id, user_id, wallet_id, chain, circle_transaction_id, token, amount_stablecoin)
       select gen_random_uuid(), user_id, id, chain, gen_random_uuid()::text, 'USDC', 1 from wallets limit 1`,
    );
    expect(await breaches(/^every transfer/)).toEqual([expect.stringMatching(/which Circle does not know$/)]);
    expect(await breaches(/^every deposit is final/)).toEqual([expect.stringMatching(/is pending_confirm/)]);
  });

  test('an event that nobody used', async () => {
    await world.pool.query(
      `insert into inbound_events (provider, provider_event_id, kind, payload, message)
       values ('circle', 'planted', 'circle.inbound', '{}', '{}')`,
    );
    expect(await breaches(/^every event/)).toEqual([expect.stringMatching(/^circle circle.inbound/)]);
  });
});

test('a seed is a plan: the same blows and faults each time, others for another seed', () => {
  expect(blowsOf(7, 60)).toEqual(blowsOf(7, 60));
  expect(blowsOf(7, 60)).not.toEqual(blowsOf(8, 60));
  expect(new Set(blowsOf(7, 600).map(({ kind, victim }) => `${kind} ${victim}`)).size).toBeGreaterThan(10);
  expect(faultsOf(7).every(({ seed }) => seed === 7)).toBe(true);
});
