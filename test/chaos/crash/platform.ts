/** What runs for the product itself: rounds that look after everything, and webhooks that go out to apps. */
import { randomUUID } from 'node:crypto';
import { type Receiver, startReceiver } from '../../support/webhook-receiver.ts';
import { type Cast, insist } from './cast.ts';
import { type CrashEntry, errands, expectRows, type Group } from './entry.ts';

/** A workflow that runs once, from its start to its result. */
function round(cast: Cast, type: string): CrashEntry {
  const { temporal, stack } = cast.stage;
  return {
    ...{ of: 'platform', path: `a round of ${type}` },
    begin: async (count): Promise<Group> => {
      const ids = Array.from({ length: count }, () => `${type}:${randomUUID()}`);
      const { taskQueue } = stack.config.temporal;
      const errand = errands();
      const start = (workflowId: string) =>
        temporal.workflow.start(type, { workflowId, taskQueue, args: [] });
      const ended = async () => {
        for (const id of ids) {
          const { status } = await temporal.workflow.getHandle(id).describe();
          if (status.name !== 'COMPLETED') throw new Error(`${id} is ${status.name}`);
        }
      };
      return {
        tend: async () => {
          for (const id of ids) errand.once(id, () => start(id));
        },
        ...{ rests: ended, holds: ended },
      };
    },
  };
}

interface Delivery {
  readonly endpoint_id: string;
  readonly state: string;
}

/** An event that an endpoint is tested with, from the request to the answer of the app. */
function webhooks(cast: Cast): CrashEntry {
  const endpoints: string[] = [];
  const token = cast.admin.token;
  let receiver: Promise<Receiver> | undefined;
  const register = async (): Promise<string> => {
    receiver ??= startReceiver();
    const url = `${(await receiver).url}/hook/${endpoints.length}`;
    // Nothing of what happens on this stage: the endpoint hears of its own tests alone.
    const body = { url, event_types: ['kyc.rejected'] };
    const key = randomUUID();
    let made: { id?: string } = {};
    await insist('an endpoint is registered', async () => {
      made = await cast.call('POST', '/v1/webhook-endpoints', { token, body, key });
    });
    return made.id ?? '';
  };
  const deliveries = () =>
    cast.rows<Delivery>('select endpoint_id, state from webhook_deliveries where endpoint_id = any ($1)', [
      endpoints,
    ]);
  return {
    ...{ of: 'platform', path: 'a webhook goes out to an app', isTrunk: true },
    begin: async (count): Promise<Group> => {
      while (endpoints.length < count) endpoints.push(await register());
      const ours = endpoints.slice(0, count);
      const before = (await deliveries()).length;
      const errand = errands();
      let tested = 0;
      const test = async (id: string) => {
        await cast.call('POST', `/v1/webhook-endpoints/${id}/test`, { token });
        tested += 1;
      };
      return {
        tend: async () => {
          for (const id of ours) errand.once(id, () => test(id));
        },
        rests: async () => {
          const rows = await deliveries();
          // A request whose answer was lost is made again, so there may be more of them.
          if (tested < count || rows.length < before + count)
            throw new Error(`${tested} of ${count} were asked for, ${rows.length - before} are there`);
          expectRows('deliveries', rows, rows.length, ({ state }) => state === 'delivered');
        },
        holds: async () => {
          const received = (await receiver)?.received ?? [];
          const told = new Set(received.map(({ headers }) => headers['webhook-id'])).size;
          const rows = await deliveries();
          if (told !== rows.length) throw new Error(`${told} messages arrived of ${rows.length}`);
        },
      };
    },
    end: async () => (await receiver)?.stop(),
  };
}

/** Every path of what belongs to no lifecycle. */
export function platformEntries(cast: Cast): CrashEntry[] {
  return [
    webhooks(cast),
    round(cast, 'sweep'),
    round(cast, 'ledgerSeal'),
    round(cast, 'reviewEscalation'),
    round(cast, 'providerSetup'),
  ];
}
