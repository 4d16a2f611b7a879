/** People who have just signed up, and what they say about themselves. */
import { randomInt, randomUUID } from 'node:crypto';
import { createTokenAuthority } from '../../api/auth/tokens.ts';
import type { HttpCall } from '../measure/load.ts';
import type { World } from '../world/world.ts';

const TOKEN_SECONDS = 3_600;

export interface Applicant {
  readonly userId: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Makes `count` users, each signed in. */
export async function createApplicants({ config, pool }: World, count: number): Promise<Applicant[]> {
  const authority = await createTokenAuthority(config.auth);
  return Promise.all(
    Array.from({ length: count }, async () => {
      const userId = randomUUID();
      // The broker takes nobody without a phone number.
      await pool.query('insert into users (id, auth_provider_id, phone_number) values ($1, $2, $3)', [
        userId,
        `bench:${userId}`,
        `+1500${String(randomInt(10_000_000)).padStart(7, '0')}`,
      ]);
      const { token } = await authority.issue({ userId, role: 'user' }, 'access', TOKEN_SECONDS);
      return { userId, headers: { authorization: `Bearer ${token}` } };
    }),
  );
}

/** POST /v1/me/kyc of one of them. */
export function kycCall(world: World, { headers }: Applicant): HttpCall {
  return {
    method: 'POST',
    url: `${world.config.api.publicUrl}/v1/me/kyc`,
    headers: { ...headers, 'idempotency-key': randomUUID() },
    body: application(),
  };
}

function application(): object {
  return {
    given_name: 'Ada',
    family_name: 'Lovelace',
    date_of_birth: '1990-12-10',
    tax_id: '265-43-4321',
    tax_id_type: 'USA_SSN',
    country_of_tax_residence: 'USA',
    email_address: `${randomUUID()}@customers.example`,
    street_address: ['1 Benchmark Street'],
    city: 'San Mateo',
    state: 'CA',
    postal_code: '94401',
    country: 'USA',
    funding_source: ['employment_income'],
    is_control_person: false,
    is_affiliated_exchange_or_finra: false,
    is_politically_exposed: false,
    immediate_family_exposed: false,
    agreements: ['customer_agreement'],
  };
}
