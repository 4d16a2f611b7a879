/** Starts every company of the sandbox inside one process, over one durable store. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createAlpaca } from './alpaca/index.ts';
import { type Chain, createChain } from './chain/chain.ts';
import { createCircle } from './circle/index.ts';
import { createControl } from './control/index.ts';
import { type Company, createListener, type Listener } from './kernel/http.ts';
import { createKernel, type Kernel } from './kernel/kernel.ts';
import type { Pace } from './kernel/settings.ts';
import { createMint } from './mint/index.ts';
import { createSms } from './sms/index.ts';

/** Every company, in the order in which they are created. The control API is not one of them. */
const COMPANIES: ((kernel: Kernel, chain: Chain) => Company)[] = [
  createCircle,
  createMint,
  createAlpaca,
  createSms,
];

export type SandboxOptions = {
  /** Folder of the database file, or `:memory:` (the default). */
  data?: string;
  pace?: Pace;
  /** Port of each listener; absent or 0 = any free port. */
  ports?: Partial<Record<'control' | 'circle' | 'mint' | 'alpaca' | 'sms', number>>;
};

export type Sandbox = {
  /** Base URL of each listener. */
  readonly urls: Record<string, string>;
  /** For tests in the same process: the kernel itself. */
  readonly kernel: Kernel;
  /** What a client needs to reach each company: base URLs and credentials, as `server.ts` prints them. */
  readonly credentials: Record<string, Record<string, string>>;
  stop(): Promise<void>;
};

/** Starts the sandbox; a restart on the same data and ports continues where it was. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { data = ':memory:', pace = 'instant', ports = {} } = options;
  if (data !== ':memory:') mkdirSync(data, { recursive: true });
  const kernel = createKernel({ path: data === ':memory:' ? data : join(data, 'sandbox.sqlite'), pace });
  const chain = createChain(kernel);
  const companies = COMPANIES.map((create) => create(kernel, chain));
  const listeners: Listener[] = [];
  for (const company of [...companies, createControl(kernel, chain, companies)]) {
    const port = ports[company.name as keyof typeof ports] ?? 0;
    const listener = await createListener(kernel, company, port);
    kernel.urls.set(company.name, listener.url);
    listeners.push(listener);
  }
  kernel.scheduler.start();
  kernel.events.start();
  const credentials: Sandbox['credentials'] = { control: { base_url: kernel.urls.get('control') ?? '' } };
  for (const company of companies) {
    credentials[company.name] = {
      base_url: kernel.urls.get(company.name) ?? '',
      ...company.credentials?.(),
    };
  }
  return {
    urls: Object.fromEntries(kernel.urls),
    kernel,
    credentials,
    async stop() {
      kernel.scheduler.stop();
      await Promise.all([kernel.events.stop(), ...listeners.map((listener) => listener.close())]);
      kernel.requests.flush();
      kernel.store.close();
    },
  };
}
