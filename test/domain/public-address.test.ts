/** Which addresses are public, and which URLs can be endpoints. */
import { endpointUrlTrouble, isNetwork, mayConnectTo } from '../../domain/platform/public-address.ts';

const LOCAL = ['127.0.0.0/8', '::1/128'];

test.each([
  '8.8.8.8',
  '1.1.1.1',
  '172.15.255.255',
  '172.32.0.0',
  '192.169.0.1',
  '100.63.255.255',
  '100.128.0.0',
  '2606:4700:4700::1111',
  '2a00:1450:4001:81b::200e',
])('%s is public', (address) => {
  expect(mayConnectTo(address, [])).toBe(true);
});

test.each([
  ['this machine', '127.0.0.1'],
  ['this machine, another of its addresses', '127.255.255.254'],
  ['no address', '0.0.0.0'],
  ['private, 10', '10.1.2.3'],
  ['private, 172.16', '172.16.0.1'],
  ['private, 172.31', '172.31.255.255'],
  ['private, 192.168', '192.168.1.1'],
  ['carrier-grade NAT', '100.64.0.1'],
  ['link-local: metadata of clouds', '169.254.169.254'],
  ['documentation', '203.0.113.7'],
  ['benchmarks', '198.19.0.1'],
  ['multicast', '224.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['this machine, IPv6', '::1'],
  ['no address, IPv6', '::'],
  ['this machine inside of IPv6', '::ffff:127.0.0.1'],
  ['private inside of IPv6, in hexadecimal', '::ffff:a00:1'],
  ['private, translated', '64:ff9b::a00:1'],
  ['private, 6to4', '2002:a00:1::'],
  ['Teredo', '2001:0:4136:e378::'],
  ['unique local', 'fd12:3456::1'],
  ['link-local, IPv6', 'fe80::1'],
  ['multicast, IPv6', 'ff02::1'],
  ['documentation, IPv6', '2001:db8::1'],
  ['a name', 'example.com'],
  ['a number in another form', '0x7f.1'],
  ['too many groups', '1:2:3:4:5:6:7:8:9'],
  ['a zone', 'fe80::1%eth0'],
  ['nothing', ''],
])('%s is not public: %s', (_what, address) => {
  expect(mayConnectTo(address, [])).toBe(false);
});

test('an allowed network is allowed, and no other one', () => {
  expect(
    ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'].map((one) => mayConnectTo(one, LOCAL)),
  ).toEqual([true, true, true, true]);
  expect(['10.0.0.1', '128.0.0.0', '::2', '192.168.0.1'].map((one) => mayConnectTo(one, LOCAL))).toEqual([
    false,
    true,
    false,
    false,
  ]);
});

test('networks are written with their length', () => {
  expect(['10.0.0.0/8', '::1/128', '0.0.0.0/0'].every(isNetwork)).toBe(true);
  expect(['10.0.0.0', '10.0.0.0/33', '::1/129', 'home/8', '10.0.0/8', ''].some(isNetwork)).toBe(false);
});

test.each([
  ['http://example.com/hook', 'is not an https address'],
  ['ftp://example.com/hook', 'is not an https address'],
  ['https://ada:secret@example.com/', 'carries a user name or a password'],
  ['https://example.com/#part', 'has a fragment'],
  ['https://127.0.0.1/', 'is not on the public internet'],
  ['https://2130706433/', 'is not on the public internet'],
  ['https://0x7f.0.0.1/', 'is not on the public internet'],
  ['https://[::1]/', 'is not on the public internet'],
  ['https://[::ffff:10.0.0.1]/', 'is not on the public internet'],
  ['https://localhost/', 'is not on the public internet'],
  ['https://api.internal/', 'is not on the public internet'],
  ['https://printer.local/', 'is not on the public internet'],
])('%s %s', (url, trouble) => {
  expect(endpointUrlTrouble(new URL(url), [])).toBe(trouble);
});

test('a public https address can be an endpoint; plain http can where a local network is allowed', () => {
  expect(endpointUrlTrouble(new URL('https://hooks.example.com:8443/a?token=b'), [])).toBeUndefined();
  expect(endpointUrlTrouble(new URL('https://8.8.8.8/'), [])).toBeUndefined();
  expect(endpointUrlTrouble(new URL('http://127.0.0.1:9999/'), LOCAL)).toBeUndefined();
  expect(endpointUrlTrouble(new URL('http://10.0.0.1/'), LOCAL)).toBe('is not on the public internet');
});
