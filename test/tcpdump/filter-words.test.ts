/** What filters mean and refuse, where there is no tcpdump to ask: its answers, kept in tables. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filter, Filter } from '../../src/tcpdump/index.ts';
import {
  decodeFrame,
  encodeFrame,
  type FrameFields,
  LinkType,
  parseIp,
  parseIpv4,
  TcpFlag,
  toSeq,
} from '../../src/wire/index.ts';
import { FILTERS } from './filters.ts';

const ETHERNET = { source: 0x020000000001, destination: 0x020000000002 };
const IPV4 = { source: parseIpv4('10.0.0.1'), destination: parseIpv4('192.168.1.178') };

function encode(fields: FrameFields): Uint8Array {
  return encodeFrame({ ethernet: ETHERNET, ...fields });
}

const SYN = encode({
  ipv4: IPV4,
  tcp: { sourcePort: 40_000, destinationPort: 80, seq: toSeq(1), flags: TcpFlag.syn },
});

function matches(text: string, bytes: Uint8Array = SYN): boolean {
  const filtered = new Filter(text);
  return filtered.matches({ linkType: LinkType.ethernet, bytes, originalLength: bytes.length });
}

describe('a SYN from 10.0.0.1:40000 to 192.168.1.178:80', () => {
  test.each([
    '',
    'tcp',
    'ip and not ip6',
    'host 10.0.0.1',
    'src 10.0.0.1',
    'dst net 192.168',
    'net 10 and dst net 192.168.1.0/24',
    'src net 10.0.0.0 mask 255.0.0.0',
    'port 80',
    'port http',
    'tcp dst port 22 or 80',
    'dst port (22 or 80)',
    'not port 22 and not 443',
    'portrange 79-81',
    'ether src 02:00:00:00:00:01',
    'ether proto \\ip',
    'ip proto \\tcp',
    'proto 6',
    'less 54',
    'greater 54',
    'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0',
    'tcp[13] == 2',
    'tcp[2:2] = 80',
    'ip[8] = 64 && ip[2:2] = len - 14',
    '(tcp or udp) and (port 53 or 80)',
    'udp || port 80 and tcp', // from the left: not (udp || (port 80 and tcp)), but all the same
    '1 + 2 * 3 = 7',
    'len % 5 = 4 and 7 & 3 | 8 = 11',
  ])('passes %s', (text) => expect(matches(text)).toBe(true));

  test.each([
    'udp',
    'ip6 or arp',
    'dst 10.0.0.1',
    'src and dst host 10.0.0.1',
    'src port 80',
    'udp port 80',
    'port domain',
    'portrange 81-90',
    'tcp or ip and udp', // from the left: (tcp or ip) and udp
    'ether multicast or ip multicast or ip broadcast',
    'vlan',
    'tcp[100] = 0',
    'not tcp[100] = 0', // what reads beyond the packet rejects it
    'len / (ip[8] - 64) = 0 or not udp',
    'less 53',
  ])('does not pass %s', (text) => expect(matches(text)).toBe(false));
});

test('later fragments have no ports, and a filter on ports does not see them', () => {
  const fragment = encode({ ipv4: { ...IPV4, protocol: 6, fragmentOffset: 8 }, payload: SYN });
  expect(matches('tcp', fragment)).toBe(true);
  expect(matches('port 80 or tcp[0] = 0', fragment)).toBe(false);
});

test('behind vlan the offsets are those of the tagged packet, also behind or', () => {
  const untagged = SYN;
  const tagged = Uint8Array.from([...SYN.slice(0, 12), 0x81, 0, 0x20, 100, ...SYN.slice(12)]);
  expect(matches('port 80', tagged)).toBe(false);
  expect(matches('vlan and port 80', tagged)).toBe(true);
  expect(matches('vlan 100 and port 80', tagged)).toBe(true);
  expect(matches('vlan 101', tagged)).toBe(false);
  expect(matches('vlan or port 80', untagged)).toBe(false);
  expect(matches('port 80 or vlan', untagged)).toBe(true);
});

test('names of hosts and ports can be given', () => {
  const options = {
    addresses: (name: string) => (name === 'server' ? [parseIp('192.168.1.178')] : []),
    services: { tcp: new Map([[40_000, 'game']]) },
  };
  const passes = filter('dst server and src port game', options);
  expect(passes(decodeFrame(LinkType.ethernet, SYN))).toBe(true);
  expect(() => matches('host server')).toThrow(new RangeError("unknown host 'server'"));
});

test('ip broadcast goes by the network mask, where there is one', () => {
  const bytes = encode({ ipv4: { ...IPV4, destination: parseIpv4('192.168.1.255') } });
  const packet = { linkType: LinkType.ethernet, bytes, originalLength: bytes.length };
  expect(new Filter('ip broadcast').matches(packet)).toBe(false);
  expect(new Filter('ip broadcast', { netmask: parseIpv4('255.255.255.0') }).matches(packet)).toBe(
    true,
  );
});

test('of a link type that no filter knows, no words let all through, and any other is refused', () => {
  const packet = { linkType: 147, bytes: SYN, originalLength: SYN.length };
  expect(new Filter('').matches(packet)).toBe(true);
  expect(() => new Filter('tcp').matches(packet)).toThrow('no filters for link type 147');
});

test("raw IP is known by the systems' number, too", () => {
  const bytes = SYN.subarray(14);
  const packet = { linkType: LinkType.systemsRaw, bytes, originalLength: bytes.length };
  expect(new Filter('tcp dst port 80').matches(packet)).toBe(true);
  expect(new Filter('udp or ip6').matches(packet)).toBe(false);
});

const SYNTAX_ERROR = "can't parse filter expression: syntax error";
// Each as tcpdump 4.99.3 with libpcap 1.10.3 says it; where a syntax error is, it does not say.
test.each([
  ['port', `${SYNTAX_ERROR} at the end`],
  ['foo', `${SYNTAX_ERROR} at "foo", character 1`],
  ['10.0.0.1', `${SYNTAX_ERROR} at "10.0.0.1", character 1`],
  ['tcp and', `${SYNTAX_ERROR} at the end`],
  ['((tcp)', `${SYNTAX_ERROR} at the end`],
  ['tcp)', `${SYNTAX_ERROR} at ")", character 4`],
  ['tcp$', `${SYNTAX_ERROR} at "$", character 4`],
  ['tcp 80', `${SYNTAX_ERROR} at "80", character 5`],
  ['tcp[0]', `${SYNTAX_ERROR} at the end`],
  ['src proto 6', `${SYNTAX_ERROR} at "proto", character 5`],
  ['proto tcp', `${SYNTAX_ERROR} at "tcp", character 7`],
  ['tcp or 80', 'syntax error in filter expression'],
  ['port 08', 'number 08 contains non-octal digit'],
  ['port 4294967296', 'number 4294967296 overflows 32 bits'],
  ['port 99999', 'illegal port number 99999 > 65535'],
  ['port foo', "unknown port 'foo'"],
  ['port 1.2.3.4', "'port' modifier applied to ip host"],
  ['port ::1', 'invalid qualifier against IPv6 address'],
  ['udp port http', "port 'http' is tcp"],
  ['icmp port 7', "illegal qualifier of 'port'"],
  ['portrange a-b', "unknown port in range 'a-b'"],
  ['host 300.1.1.1', "invalid IPv4 address '300.1.1.1'"],
  ['host 10.0.0.0/8', 'Mask syntax for networks only'],
  ['net 10.0.0.1/8', 'non-network bits set in "10.0.0.1/8"'],
  ['net ::1/64', 'non-network bits set in "::1/64"'],
  ['net foo', "unknown network 'foo'"],
  ['tcp host 1.2.3.4', "'tcp' modifier applied to host"],
  ['ip host ::1', "'ip' modifier applied to ip6 host"],
  ['ip6 host 10.0.0.1', "'ip6' modifier applied to ip host"],
  ['host 00:11:22:33:44:55', 'ethernet address used in non-ether expression'],
  ['ether host 10.0.0.1', 'illegal link layer address'],
  ['ether', 'link layer applied in wrong context'],
  ['tcp proto 6', "'tcp proto' is bogus"],
  ['arp proto 6', 'arp does not encapsulate another protocol'],
  ['ip proto foo', "unknown ip proto 'foo'"],
  ['ether proto foo', "unknown ether proto 'foo'"],
  ['tcp broadcast', 'only link-layer/IP broadcast filters supported'],
  ['tcp[0:3] = 1', 'data size must be 1, 2, or 4'],
  ['ah[0] = 1', 'unsupported index operation'],
  ['len / 0 = 1', 'division by zero'],
  ['len << 33 = 1', 'shift by more than 31 bits'],
  ['vlan 5000', 'VLAN tag 5000 greater than maximum 4095'],
])('%s is refused: %s', (text, message) => {
  expect(() => matches(text)).toThrow(RangeError);
  expect(() => matches(text)).toThrow(expect.objectContaining({ message }));
});

test('any text is a filter or refused in one line, and soon', () => {
  const nonsense = fc.oneof(
    fc.nat(150).map((n) => `${'('.repeat(n)}1${`${'+1'.repeat(n)})`.repeat(n)} = 1`),
    fc.string({ maxLength: 60 }),
    fc.array(FILTERS, { maxLength: 3 }).map((texts) => texts.join('')),
    fc
      .tuple(fc.constantFrom('(', 'not ', '-', 'tcp[', '1^', '(1+'), fc.nat(3000))
      .map(([word, times]) => word.repeat(times)),
  );
  fc.assert(
    fc.property(nonsense, (text) => {
      try {
        matches(text);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        expect((error as Error).message).not.toContain('call stack');
        expect((error as Error).message).not.toContain('\n');
      }
    }),
    { numRuns: 100 },
  );
});
