/** Clients of the companies with the mistakes that are planted in them. */
import type { Clients } from '../companies/companies.ts';
import type { Bugs } from './bugs.ts';

/** Every call under a key of its own, and nothing is looked up before. */
export function plantedClients(clients: Clients, bugs: Bugs): Clients {
  if (!bugs.has('new_key_after_an_unclear_answer')) return clients;
  let fresh = 0;
  const other = <Input extends { readonly idempotencyKey: string }>(input: Input): Input => {
    fresh += 1;
    return { ...input, idempotencyKey: `fresh-${fresh}` };
  };
  const { circle, alpaca, mint } = clients;
  return {
    circle: {
      ...circle,
      createTransfer: (input) => circle.createTransfer(other(input)),
      findTransfer: async () => null,
    },
    mint: { ...mint, createTransfer: (input) => mint.createTransfer(other(input)) },
    alpaca: {
      ...alpaca,
      createJournal: (input) => alpaca.createJournal(other(input)),
      findJournal: async () => null,
    },
  };
}
