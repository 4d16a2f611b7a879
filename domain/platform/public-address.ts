/** Which network addresses belong to the public internet: everything else is somebody's inside. */

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** IANA special-purpose address registries (IPv4 and IPv6): nothing there is a customer's public server. */
const SPECIAL = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15'],
  ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ...['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
];
/** Global unicast; outside of it no IPv6 address is public. */
const PUBLIC_IPV6 = '2000::/3';

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseIpv6(text: string): bigint | undefined {
  const withoutIpv4 = text.replace(/(\d+\.\d+\.\d+\.\d+)$/, (tail) => {
    const value = parseIpv4(tail);
    return value === undefined ? 'x' : `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
  });
  const halves = withoutIpv4.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

/** An address, an IPv4 one inside of an IPv6 one as what it is; undefined for any other text. */
function parseAddress(text: string): Address | undefined {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== undefined) return { bits: 32, value: ipv4 };
  const ipv6 = parseIpv6(text);
  if (ipv6 === undefined) return undefined;
  return ipv6 >> 32n === 0xffffn ? { bits: 32, value: ipv6 & 0xffff_ffffn } : { bits: 128, value: ipv6 };
}

function isInside({ bits, value }: Address, network: string): boolean {
  const [base = '', length = ''] = network.split('/');
  const start = parseAddress(base);
  if (start?.bits !== bits) return false;
  const shift = BigInt(bits - Number(length));
  return value >> shift === start.value >> shift;
}

/** True for a text that is a network: `127.0.0.0/8`, `fd00::/8`. */
export function isNetwork(text: string): boolean {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const base = match?.[1] === undefined ? undefined : parseAddress(match[1]);
  return base !== undefined && Number(match?.[2]) <= base.bits;
}

/** True for a text that is an IP address. */
export function isAddress(text: string): boolean {
  return parseAddress(text) !== undefined;
}

/**
 * Whether we may connect to an address: it is public, or in one of the networks that are allowed besides.
 * A text that is no address is never allowed.
 */
export function mayConnectTo(text: string, allowedNetworks: readonly string[]): boolean {
  const address = parseAddress(text);
  if (!address) return false;
  if (allowedNetworks.some((network) => isInside(address, network))) return true;
  if (address.bits === 128 && !isInside(address, PUBLIC_IPV6)) return false;
  return !SPECIAL.some((network) => isInside(address, network));
}

/** Why a URL cannot be an endpoint; undefined when it can, as far as can be seen without asking a name server. */
export function endpointUrlTrouble(url: URL, allowedNetworks: readonly string[]): string | undefined {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const local = allowedNetworks.length > 0;
  if (url.protocol !== 'https:' && !(local && url.protocol === 'http:')) return 'is not an https address';
  if (url.username !== '' || url.password !== '') return 'carries a user name or a password';
  if (url.hash !== '') return 'has a fragment';
  if (isAddress(host))
    return mayConnectTo(host, allowedNetworks) ? undefined : 'is not on the public internet';
  if (!local && (!host.includes('.') || /\.(localhost|local|internal|home\.arpa)\.?$/.test(host))) {
    return 'is not on the public internet';
  }
  return undefined;
}
