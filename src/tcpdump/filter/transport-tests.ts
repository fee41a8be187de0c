/**
 * Tests of what IP carries: `tcp`, `ip proto 47`, `port 80`, `udp portrange 5000-5010`. As
 * pcap-filter(7) has it, ports are looked for in first fragments only, and in IPv6 only where the
 * transport follows the fixed header at once.
 */
import { EtherType, IPV6_HEADER_LENGTH, IpProtocol } from '../../wire/index.ts';
import { directed } from './address-tests.ts';
import type { Direction, FilterProtocol, FilterValue, Qualifiers } from './expression.ts';
import { type FilterNames, type NamedPort, portNamed, protocolNamed } from './filter-names.ts';
import { all, any, octetsAre, type PacketTest } from './filtered-packet.ts';
import type { LinkLayout } from './link-layout.ts';

const SCTP = 132;
const IPV6_FRAGMENT = 44;

/** The transports that have ports. */
const TRANSPORTS: ReadonlyMap<FilterProtocol, number> = new Map([
  ['sctp', SCTP],
  ['tcp', IpProtocol.tcp],
  ['udp', IpProtocol.udp],
]);

/** What IP calls protocols that have a word, and in which version of it they are looked for. */
const IP_NUMBERS: ReadonlyMap<FilterProtocol, readonly [number, 'ip' | 'ip6' | undefined]> =
  new Map<FilterProtocol, [number, 'ip' | 'ip6' | undefined]>([
    ['tcp', [IpProtocol.tcp, undefined]],
    ['udp', [IpProtocol.udp, undefined]],
    ['sctp', [SCTP, undefined]],
    ['icmp', [IpProtocol.icmp, 'ip']],
    ['icmp6', [IpProtocol.icmpv6, 'ip6']],
    ['igmp', [2, 'ip']],
    ['igrp', [9, 'ip']],
    ['pim', [103, undefined]],
    ['vrrp', [112, 'ip']],
    ['carp', [112, 'ip']],
    ['ah', [51, undefined]],
    ['esp', [50, undefined]],
  ]);

const ETHER_TYPES: ReadonlyMap<FilterProtocol, number> = new Map([
  ['ip', EtherType.ipv4],
  ['ip6', EtherType.ipv6],
  ['arp', EtherType.arp],
  ['rarp', 0x8035],
]);

/** The test that a packet is one of this protocol. @throws RangeError for `ether` */
export function protocolTest(protocol: FilterProtocol, layout: LinkLayout): PacketTest {
  const etherType = ETHER_TYPES.get(protocol);
  if (etherType !== undefined) return layout.carries(etherType);
  const inIp = IP_NUMBERS.get(protocol);
  if (inIp === undefined) throw new RangeError('link layer applied in wrong context');
  return ipProtocolTest(...inIp, layout);
}

/** The test that IP, of one version or of either, carries protocol `number`. */
function ipProtocolTest(
  number: number,
  version: 'ip' | 'ip6' | undefined,
  layout: LinkLayout,
): PacketTest {
  const base = layout.payloadAt;
  const inIpv4 = all(layout.carries(EtherType.ipv4), octetsAre(base + 9, 1, number));
  const inIpv6 = all(
    layout.carries(EtherType.ipv6),
    any(
      octetsAre(base + 6, 1, number),
      all(octetsAre(base + 6, 1, IPV6_FRAGMENT), octetsAre(base + IPV6_HEADER_LENGTH, 1, number)),
    ),
  );
  if (version === undefined) return any(inIpv4, inIpv6);
  return version === 'ip' ? inIpv4 : inIpv6;
}

/** `proto 47`, `ether proto \arp`. @throws RangeError for what is no protocol */
export function numberedProtocolTest(
  value: FilterValue,
  { protocol }: Qualifiers,
  layout: LinkLayout,
): PacketTest {
  const isOfEthernet = protocol === 'ether';
  const number = protocolNumber(value, isOfEthernet);
  if (isOfEthernet) return layout.carries(number);
  if (protocol === undefined || protocol === 'ip' || protocol === 'ip6') {
    return ipProtocolTest(number, protocol, layout);
  }
  if (protocol === 'arp' || protocol === 'rarp') {
    throw new RangeError(`${protocol} does not encapsulate another protocol`);
  }
  throw new RangeError(`'${protocol} proto' is bogus`);
}

function protocolNumber(value: FilterValue, isOfEthernet: boolean): number {
  if (value.type === 'number') return value.value;
  if (value.type === 'name') return protocolNamed(value.text, isOfEthernet);
  throw misplacedAddress(value, 'proto');
}

/** `port 80`, `port http`. @throws RangeError for what is no port */
export function portTest(
  value: FilterValue,
  qualifiers: Qualifiers,
  layout: LinkLayout,
  names: FilterNames,
): PacketTest {
  const port = portOf(value, names);
  const what = value.type === 'name' ? `port '${value.text}'` : 'port';
  return portsTest([port, port], what, qualifiers, layout);
}

/** `portrange 6000-6008`; a number alone is a range of one. @throws RangeError */
export function portRangeTest(
  value: FilterValue,
  qualifiers: Qualifiers,
  layout: LinkLayout,
  names: FilterNames,
): PacketTest {
  if (value.type !== 'name') {
    const port = portOf(value, names, 'portrange');
    return portsTest([port, port], 'port', qualifiers, layout);
  }
  const [, first = '', last = ''] = /^([^-]*)-(.*)$/.exec(value.text) ?? [];
  const [from, to] = [portNamed(first, names), portNamed(last, names)];
  if (from === undefined || to === undefined) {
    throw new RangeError(`unknown port in range '${value.text}'`);
  }
  return portsTest([from, to], `port in range '${value.text}'`, qualifiers, layout);
}

function portOf(value: FilterValue, names: FilterNames, kind = 'port'): NamedPort {
  if (value.type === 'number') return { port: value.value, transport: undefined };
  if (value.type !== 'name') throw misplacedAddress(value, kind);
  const port = portNamed(value.text, names);
  if (port === undefined) throw new RangeError(`unknown port '${value.text}'`);
  return port;
}

/** Ports from one to another, which may be the same. */
interface PortRange {
  readonly from: number;
  readonly to: number;
  /** The numbers of the transports that they are of. */
  readonly transports: readonly number[];
}

function portsTest(
  [from, to]: readonly [NamedPort, NamedPort],
  what: string,
  { protocol, direction, kind }: Qualifiers,
  layout: LinkLayout,
): PacketTest {
  for (const { port } of [from, to]) {
    if (port > 65_535) throw new RangeError(`illegal port number ${port} > 65535`);
  }
  if (protocol !== undefined && !TRANSPORTS.has(protocol)) {
    throw new RangeError(`illegal qualifier of '${kind}'`);
  }
  const named = from.transport === to.transport ? from.transport : undefined;
  if (protocol !== undefined && named !== undefined && protocol !== named) {
    throw new RangeError(`${what} is ${named}`);
  }
  const only = protocol ?? named;
  const transports = [...TRANSPORTS].filter(([name]) => only === undefined || name === only);
  const ports: PortRange = {
    from: Math.min(from.port, to.port),
    to: Math.max(from.port, to.port),
    transports: transports.map(([, number]) => number),
  };
  return any(ipv6PortsTest(ports, direction, layout), ipv4PortsTest(ports, direction, layout));
}

function ipv6PortsTest(
  { from, to, transports }: PortRange,
  direction: Direction | undefined,
  layout: LinkLayout,
): PacketTest {
  const base = layout.payloadAt;
  const isTransport = any(...transports.map((number) => octetsAre(base + 6, 1, number)));
  const at =
    (offset: number): PacketTest =>
    (packet) => {
      const port = packet.load(base + IPV6_HEADER_LENGTH + offset, 2);
      return from <= port && port <= to;
    };
  return all(layout.carries(EtherType.ipv6), isTransport, directed(direction, at(0), at(2)));
}

function ipv4PortsTest(
  { from, to, transports }: PortRange,
  direction: Direction | undefined,
  layout: LinkLayout,
): PacketTest {
  const base = layout.payloadAt;
  const isTransport = any(...transports.map((number) => octetsAre(base + 9, 1, number)));
  const isFirst = isFirstFragment(layout);
  const at =
    (offset: number): PacketTest =>
    (packet) => {
      const port = packet.load(base + headerLengthAt(packet, base) + offset, 2);
      return from <= port && port <= to;
    };
  const isOnPort = directed(direction, at(0), at(2));
  return all(layout.carries(EtherType.ipv4), isTransport, isFirst, isOnPort);
}

/** The length of the IPv4 header that begins there. */
export function headerLengthAt(
  packet: { load(at: number, size: number): number },
  at: number,
): number {
  return 4 * (packet.load(at, 1) & 15);
}

/** The test that an IPv4 packet begins a datagram, so that the transport's header is in it. */
export function isFirstFragment(layout: LinkLayout): PacketTest {
  return octetsAre(layout.payloadAt + 6, 2, 0, 0x1fff);
}

function misplacedAddress(value: FilterValue, kind: string): RangeError {
  if (value.type === 'ipv4') return new RangeError(`'${kind}' modifier applied to ip host`);
  if (value.type === 'ipv6' || (value.type === 'prefix' && value.text.includes(':'))) {
    return new RangeError('invalid qualifier against IPv6 address');
  }
  if (value.type === 'mac') return new RangeError('ethernet address used in non-ether expression');
  return new RangeError('Mask syntax for networks only');
}
