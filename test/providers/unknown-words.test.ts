/** A word that a company adds tomorrow is kept and shown as unknown: it crashes nothing and never means success. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { createAlpacaClient } from '../../activities/providers/alpaca/client.ts';
import {
  journalOutcome,
  toAccountStatus,
  transferOutcome,
} from '../../activities/providers/alpaca/mapping.ts';
import {
  isUsdc,
  toBlockchain,
  toChain,
  usdcAddress,
  usdcTokenId,
} from '../../activities/providers/circle/chains.ts';
import { createCircleClient } from '../../activities/providers/circle/client.ts';
import { circleOutcome, toCircleState } from '../../activities/providers/circle/mapping.ts';
import { createMintClient } from '../../activities/providers/mint/client.ts';
import {
  fromMintChain,
  isSameTxHash,
  mintOutcome,
  toMintChain,
} from '../../activities/providers/mint/mapping.ts';
import { CHAINS } from '../../domain/funding/chain.ts';
import { type ScriptedCompany, startScriptedCompany } from './scripted-company.ts';

let company: ScriptedCompany;
beforeAll(async () => {
  company = await startScriptedCompany();
});
afterAll(() => company.stop());

const id = randomUUID();
const createDate = '2026-01-15T18:24:10Z';

test('a wallet transaction with a new state, chain and direction', async () => {
  const circle = createCircleClient({
    baseUrl: company.url,
    apiKey: 'k',
    entitySecret: '0'.repeat(64),
    network: 'testnet',
  });
  const transaction = {
    ...{ id, blockchain: 'MARS-TESTNET', state: 'LEVITATING', transactionType: 'SIDEWAYS' },
    ...{ createDate, updateDate: createDate },
  };
  company.play({ status: 200, body: { data: { transaction } } });
  expect(await circle.getTransaction(id)).toMatchObject({
    chain: null,
    blockchain: 'MARS-TESTNET',
    state: 'unknown',
    providerState: 'LEVITATING',
    outcome: 'unknown',
    direction: 'unknown',
    amount: null,
  });
});

test('a Mint transfer with a new status and place', async () => {
  const mint = createMintClient({ baseUrl: company.url, apiKey: 'k' });
  const transfer = {
    ...{ id, status: 'thinking', createDate, amount: { amount: '1', currency: 'USD' } },
    ...{ source: { type: 'moon', chain: 'MOON' }, destination: { type: 'wallet', id: '1' } },
  };
  company.play({ status: 200, body: { data: transfer } });
  expect(await mint.getTransfer(id)).toMatchObject({
    outcome: 'unknown',
    providerState: 'thinking',
    direction: 'unknown',
    chain: null,
  });
});

test('an Alpaca account and a journal with new statuses', async () => {
  const config = {
    baseUrl: company.url,
    dataUrl: company.url,
    keyId: 'k',
    secretKey: 's',
    firmAccountId: id,
  };
  const alpaca = createAlpacaClient(config);
  company.play({ status: 200, body: { id, status: 'ENLIGHTENED' } });
  expect(await alpaca.getAccount(id)).toMatchObject({ status: 'unknown', providerState: 'ENLIGHTENED' });
  const journal = { id, entry_type: 'JNLC', from_account: id, to_account: id, status: 'teleported' };
  company.play({ status: 200, body: journal });
  expect(await alpaca.getJournal(id)).toMatchObject({ outcome: 'unknown', providerState: 'teleported' });
});

test('no invented word counts as succeeded, failed or returned', () => {
  const known =
    /^(complete|confirmed|executed|activity_created|settled|failed|denied|cancell?ed|rejected|refused)$/i;
  const others =
    /^(deleted|expired|returned|correct|pending|running|queued|sent_to_clearing|approv(ed|al_pending))$/i;
  const pending = /^(initiated|cleared|sent|stuck)$/i;
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), (word) => {
      fc.pre(!known.test(word) && !others.test(word) && !pending.test(word));
      for (const outcome of [circleOutcome(toCircleState(word)), mintOutcome(word), journalOutcome(word)]) {
        expect(outcome).toBe('unknown');
      }
      expect(transferOutcome(word)).toBe('unknown');
    }),
  );
  expect(toAccountStatus('PAPER_ONLY')).toBe('unknown');
});

describe.each(['mainnet', 'testnet'] as const)('%s', (network) => {
  test.each(CHAINS)('%s has a code at both Circle products, and a USDC of its own', (chain) => {
    expect(toChain(network, toBlockchain(network, chain))).toBe(chain);
    expect(fromMintChain(toMintChain(chain))).toBe(chain);
    const tokenAddress = usdcAddress(network, chain);
    expect(isUsdc(network, { id: 'any', chain, tokenAddress })).toBe(true);
    expect(isUsdc(network, { id: usdcTokenId(network, chain), chain, tokenAddress: null })).toBe(true);
    // The right id with another contract is a forgery of the list, not USDC.
    expect(isUsdc(network, { id: usdcTokenId(network, chain), chain, tokenAddress: '0xbad' })).toBe(false);
    expect(isUsdc(network, { id: 'other', chain, tokenAddress: null })).toBe(false);
  });

  test('the codes of the other network are not served', () => {
    const other = network === 'mainnet' ? 'testnet' : 'mainnet';
    for (const chain of CHAINS) expect(toChain(network, toBlockchain(other, chain))).toBeNull();
  });
});

test('hashes of EVM chains compare without case, Solana signatures with it', () => {
  expect(isSameTxHash('0xABCdef', '0xabcDEF')).toBe(true);
  expect(isSameTxHash('5VERv8NMvzbJ', '5verv8nmvzbj')).toBe(false);
});
