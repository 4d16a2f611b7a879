/** What a company quotes of a person's data does not travel on; the rest of its sentence does. */
import { withoutQuotes } from '../../activities/providers/quotes.ts';
import { Refused } from '../../domain/provider-error.ts';

const input = {
  identity: { givenName: 'Ada', familyName: 'Lovelace-King', taxId: '555-66-1001' },
  contact: { state: 'CA', emailAddress: 'ada+1@example.com', streetAddress: ['12 Analytical Street'] },
  documents: [{ content: 'iVBORw0KGgo'.repeat(20) }],
};
const bare = (message: string) =>
  withoutQuotes(new Refused(message, { provider: 'alpaca', operation: 'createAccount', code: '422' }), input)
    .message;

test.each([
  ['tax_id 555-66-1001 is invalid', 'tax_id … is invalid'],
  ['tax_id 555661001 is invalid', 'tax_id … is invalid'],
  ['ADA+1@EXAMPLE.COM has an account', '… has an account'],
  ['"given_name":"Ada","family_name":"Lovelace-King"', '"given_name":"…","family_name":"…"'],
  ['cannot find "12 Analytical Street" in CA', 'cannot find "…" in …'],
  ['Adamant calls of CAPTCHA stay', 'Adamant calls of CAPTCHA stay'],
  [`file ${'iVBORw0KGgo'.repeat(7)} is damaged`, 'file … is damaged'],
])('%s', (message, expected) => {
  expect(bare(message)).toBe(expected);
});

test('a page that echoes everything is cut', () => {
  expect(bare('no '.repeat(500))).toHaveLength(300);
});

test('class and facts of the error stay', () => {
  const refused = new Refused('Ada', { provider: 'alpaca', operation: 'createAccount', code: '422' });
  expect(withoutQuotes(refused, input)).toBe(refused);
  expect(refused).toMatchObject({ name: 'Refused', code: '422', message: '…' });
});
