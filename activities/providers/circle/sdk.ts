/** Loads Circle's wallets SDK together with the axios that it sends through. */
import { createRequire } from 'node:module';
import { type InterceptedAxios, installBounds } from '../bounded-axios.ts';

type WalletsModule = typeof import('@circle-fin/developer-controlled-wallets');
export type WalletsSdk = ReturnType<WalletsModule['initiateDeveloperControlledWalletsClient']>;

const PACKAGE = '@circle-fin/developer-controlled-wallets';
const requireHere = createRequire(import.meta.url);

/**
 * A wallets SDK client whose requests obey `withinBounds`. The CommonJS build is taken on purpose: required from
 * the SDK's own place, `axios` is then certainly the very copy that the SDK uses, also when npm nests one.
 */
export function loadWalletsSdk(options: {
  apiKey: string;
  entitySecret: string;
  baseUrl: string;
}): WalletsSdk {
  const sdk = requireHere(PACKAGE) as WalletsModule;
  const axios = createRequire(requireHere.resolve(PACKAGE))('axios') as InterceptedAxios;
  installBounds(axios);
  return sdk.initiateDeveloperControlledWalletsClient(options);
}
