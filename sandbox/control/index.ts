/** The control API: what a tester may do to the sandbox's world, and what it may look at. */
import type { Chain } from '../chain/chain.ts';
import type { Company, Route } from '../kernel/http.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { chainRoutes } from './chain-routes.ts';
import { kernelRoutes } from './kernel-routes.ts';

/** Creates the control listener: the kernel's routes, and what each company adds. */
export function createControl(kernel: Kernel, chain: Chain, companies: readonly Company[]): Company {
  const routes: Route[] = [
    ...kernelRoutes(kernel),
    ...chainRoutes(chain),
    ...companies.flatMap((company) => company.control),
  ];
  return {
    name: 'control',
    routes: routes.map((found) => ({ ...found, open: true })),
    authenticate: () => undefined,
    errorBody: (status, message) => ({ error: { status, message } }),
    control: [],
  };
}
