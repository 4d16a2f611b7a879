/** Loads Circle's Mint SDK together with the axios that it sends through. */
import { createRequire } from 'node:module';
import type { Circle } from '@circle-fin/circle-sdk';
import { type InterceptedAxios, installBounds } from '../bounded-axios.ts';

type MintModule = typeof import('@circle-fin/circle-sdk');

const PACKAGE = '@circle-fin/circle-sdk';
const requireHere = createRequire(import.meta.url);

/** A Mint SDK whose requests obey `withinBounds`, in the same way as the wallets SDK's. */
export function loadMintSdk(options: { apiKey: string; baseUrl: string }): Circle {
  // The package is CommonJS; its axios is taken from its own place, so that both are the same copy.
  const sdk = requireHere(PACKAGE) as MintModule;
  installBounds(createRequire(requireHere.resolve(PACKAGE))('axios') as InterceptedAxios);
  return new sdk.Circle(options.apiKey, options.baseUrl.replace(/\/+$/, ''));
}
