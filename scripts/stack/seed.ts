/**
 * Fills a new local stack with what a person needs to try it: three users with tokens, and dollars at the
 * broker.
 */
import { existsSync } from 'node:fs';
import pg from 'pg';
import { createTokenAuthority } from '../../api/auth/tokens.ts';
import type { Config } from '../../config.ts';
import { ROLES, type Role } from '../../domain/platform/user.ts';
import type { SandboxFacts } from './environment.ts';
import { writePrivately } from './secrets.ts';

/** Long enough for a trial; a restart makes new ones. */
const TOKEN_SECONDS = 30 * 24 * 60 * 60;
/** What the firm account at Alpaca starts with, in dollars. */
const FIRM_FLOAT_USD = '1000000.00';

export type SeedTokens = Readonly<Record<Role, string>>;

/** Makes sure that one user of each role exists and hands out a fresh token for each. */
export async function seedUsers(config: Config): Promise<SeedTokens> {
  const authority = await createTokenAuthority(config.auth);
  const client = new pg.Client({ connectionString: config.database.url });
  await client.connect();
  try {
    const tokens: Partial<Record<Role, string>> = {};
    for (const role of ROLES) {
      const userId = await seedUser(client, role);
      tokens[role] = (await authority.issue({ userId, role }, 'access', TOKEN_SECONDS)).token;
    }
    return tokens as SeedTokens;
  } finally {
    await client.end();
  }
}

async function seedUser(client: pg.Client, role: Role): Promise<string> {
  const number = `+1500555010${ROLES.indexOf(role)}`;
  const name = `seed:${role}`;
  await client.query(
    `insert into users (auth_provider_id, phone_number, full_name, role) values ($1, $2, $3, $4)
     on conflict do nothing`,
    [name, number, `Seed ${role}`, role],
  );
  const { rows } = await client.query<{ id: string }>('select id from users where auth_provider_id = $1', [
    name,
  ]);
  const id = rows[0]?.id;
  if (id === undefined) throw new Error(`The seed user ${role} could not be written.`);
  return id;
}

/**
 * Wires dollars to the firm account in the sandbox, once for its data: every deposit is funded from there.
 * Says what went wrong instead of failing, because the stack runs without it and deposits wait for float.
 */
export async function seedFirmAccount(sandbox: SandboxFacts, markFile: string): Promise<string | undefined> {
  if (existsSync(markFile)) return undefined;
  const response = await fetch(`${sandbox.control.base_url}/control/alpaca/firm/deposit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ amount: FIRM_FLOAT_USD }),
  });
  if (!response.ok)
    return `The firm account could not be funded: ${response.status} ${await response.text()}`;
  writePrivately(markFile, { firm_account_usd: FIRM_FLOAT_USD });
  return undefined;
}
