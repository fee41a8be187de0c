/** Tests of addresses: `src host 10.0.0.1`, `net 192.168.0.0/16`, `ether dst 02:00:00:00:00:01`. */
import {
  EtherType,
  type IpAddress,
  type Ipv4Address,
  type Ipv6Address,
  ipv6Word,
  isIpv6,
  LinkType,
  maskIpv4,
  parseIpv6,
  parseMac,
} from '../../wire/index.ts';
import type { Direction, FilterProtocol, FilterValue, Qualifiers } from './expression.ts';
import { addressesNamed, type FilterNames } from './filter-names.ts';
import { all, any, octetsAre, type PacketTest } from './filtered-packet.ts';
import type { LinkLayout } from './link-layout.ts';

const REVERSE_ARP = 0x8035;

/** The test that a value of `host` or `net` is met. @throws RangeError for what is no such value */
export function addressTest(
  value: FilterValue,
  qualifiers: Qualifiers,
  layout: LinkLayout,
  names: FilterNames,
): PacketTest {
  const { protocol, kind } = qualifiers;
  const isNet = kind === 'net';
  switch (value.type) {
    case 'mac':
      if (protocol !== 'ether' || isNet) {
        throw new RangeError('ethernet address used in non-ether expression');
      }
      return macTest(value.text, qualifiers, layout);
    case 'name':
      if (isNet) throw new RangeError(`unknown network '${value.text}'`);
      if (protocol === 'ether') throw new RangeError(`unknown ether host '${value.text}'`);
      return nameTest(value.text, qualifiers, layout, names);
    case 'ipv6':
      return ipv6Test(parseIpv6(value.text), 128, qualifiers, layout);
    case 'prefix':
      if (value.text.includes(':')) return ipv6PrefixTest(value, qualifiers, layout);
      return ipv4NetTest(networkOf(value), qualifiers, layout);
    case 'masked':
      return ipv4NetTest(networkOf(value), qualifiers, layout);
    default:
      return plainIpv4Test(value, qualifiers, layout);
  }
}

/** An IPv4 address and which of its bits count. */
interface Ipv4Network {
  readonly address: Ipv4Address;
  readonly mask: number;
}

/** An address or its first octets, `10.1`; or a number, as which a net may be written, `net 10`. */
function plainIpv4Test(
  value: Extract<FilterValue, { type: 'ipv4' | 'number' }>,
  qualifiers: Qualifiers,
  layout: LinkLayout,
): PacketTest {
  if (qualifiers.protocol === 'ether') throw new RangeError('illegal link layer address');
  if (value.type === 'ipv4') return ipv4Test(shortIpv4(value.text), qualifiers, layout);
  let { value: address } = value;
  let mask = 0xffff_ffff;
  if (qualifiers.kind === 'net') {
    while (address !== 0 && address >>> 24 === 0) {
      address = (address << 8) >>> 0;
      mask = (mask << 8) >>> 0;
    }
  }
  return ipv4Test({ address, mask }, qualifiers, layout);
}

/** The first octets of an address, as many as there are. @throws RangeError for one above 255 */
function shortIpv4(text: string): Ipv4Network {
  const octets = text.split('.').map(Number);
  if (octets.some((octet) => octet > 255)) throw new RangeError(`invalid IPv4 address '${text}'`);
  const address = octets.reduce((sum, octet, i) => sum + octet * 2 ** (24 - 8 * i), 0);
  return { address, mask: maskIpv4(8 * octets.length) };
}

function networkOf(value: Extract<FilterValue, { type: 'prefix' | 'masked' }>): Ipv4Network {
  const { address } = shortIpv4(value.text);
  const isPrefix = value.type === 'prefix';
  if (isPrefix && value.length > 32) throw new RangeError('mask length must be <= 32');
  const mask = isPrefix ? maskIpv4(value.length) : shortIpv4(value.mask).address;
  if ((address & ~mask) !== 0) {
    const behind = isPrefix ? `/${value.length}` : ` mask ${value.mask}`;
    throw new RangeError(`non-network bits set in "${value.text}${behind}"`);
  }
  return { address, mask };
}

function ipv4NetTest(net: Ipv4Network, qualifiers: Qualifiers, layout: LinkLayout): PacketTest {
  if (qualifiers.kind !== 'net') throw new RangeError('Mask syntax for networks only');
  return ipv4Test(net, qualifiers, layout);
}

/** Of IP packets, and of ARP and RARP, whose packets name hosts too. */
function ipv4Test(net: Ipv4Network, qualifiers: Qualifiers, layout: LinkLayout): PacketTest {
  const { protocol, direction, kind = 'host' } = qualifiers;
  const { address, mask } = net;
  const base = layout.payloadAt;
  const inHeader = (etherType: number, source: number, destination: number): PacketTest => {
    const isKind = layout.carries(etherType);
    const at = (offset: number): PacketTest =>
      all(isKind, octetsAre(base + offset, 4, (address & mask) >>> 0, mask));
    return directed(direction, at(source), at(destination));
  };
  const inIp = (): PacketTest => inHeader(EtherType.ipv4, 12, 16);
  const inArp = (): PacketTest => inHeader(EtherType.arp, 14, 24);
  const inRarp = (): PacketTest => inHeader(REVERSE_ARP, 14, 24);
  switch (protocol) {
    case undefined:
      return any(inIp(), inArp(), inRarp());
    case 'ip':
      return inIp();
    case 'arp':
      return inArp();
    case 'rarp':
      return inRarp();
    case 'ip6':
      throw new RangeError("'ip6' modifier applied to ip host");
    default:
      throw modifierError(protocol, kind);
  }
}

function ipv6PrefixTest(
  { text, length }: Extract<FilterValue, { type: 'prefix' }>,
  qualifiers: Qualifiers,
  layout: LinkLayout,
): PacketTest {
  if (length > 128) throw new RangeError('mask length must be <= 128');
  const address = parseIpv6(text);
  if (address & ((1n << BigInt(128 - length)) - 1n)) {
    throw new RangeError(`non-network bits set in "${text}/${length}"`);
  }
  if (qualifiers.kind !== 'net' && length !== 128) {
    throw new RangeError('Mask syntax for networks only');
  }
  return ipv6Test(address, length, qualifiers, layout);
}

function ipv6Test(
  address: Ipv6Address,
  length: number,
  { protocol, direction, kind = 'host' }: Qualifiers,
  layout: LinkLayout,
): PacketTest {
  if (protocol !== undefined && protocol !== 'ip6') throw modifierError(protocol, `ip6 ${kind}`);
  const isIp = layout.carries(EtherType.ipv6);
  const base = layout.payloadAt;
  const at = (offset: number): PacketTest =>
    all(
      isIp,
      ...([0, 1, 2, 3] as const).map((i) => {
        const mask = maskIpv4(Math.min(Math.max(length - 32 * i, 0), 32));
        return octetsAre(base + offset + 4 * i, 4, (ipv6Word(address, i) & mask) >>> 0, mask);
      }),
    );
  return directed(direction, at(8), at(24));
}

/** Any of the addresses that the name has, of the version that the words leave. */
function nameTest(
  name: string,
  qualifiers: Qualifiers,
  layout: LinkLayout,
  names: FilterNames,
): PacketTest {
  const { protocol } = qualifiers;
  const isMeant = (address: IpAddress): boolean =>
    isIpv6(address) ? protocol !== 'ip' : protocol !== 'ip6';
  const addresses = addressesNamed(name, names).filter(isMeant);
  if (addresses.length === 0) {
    throw new RangeError(`unknown host '${name}' for specified address family`);
  }
  const tests = addresses.map((address) =>
    isIpv6(address)
      ? ipv6Test(address, 128, qualifiers, layout)
      : ipv4Test({ address, mask: 0xffff_ffff }, qualifiers, layout),
  );
  return any(...tests);
}

function macTest(text: string, { direction }: Qualifiers, layout: LinkLayout): PacketTest {
  if (layout.linkType !== LinkType.ethernet) {
    const where = 'ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel';
    throw new RangeError(`ethernet addresses supported only on ${where}`);
  }
  const digits = text.match(/[0-9a-f]{3,}/i) === null ? pairsOf(text) : text.replaceAll('.', '');
  const mac = parseMac(digits.replaceAll(/..(?=.)/g, '$&:'));
  return directed(direction, macAt(6, mac), macAt(0, mac));
}

/** The twelve digits of an address whose octets may have one each: `2:0:0:0:0:1`. */
function pairsOf(text: string): string {
  return text
    .split(/[-:.]/)
    .map((octet) => octet.padStart(2, '0'))
    .join('');
}

/** The test that the hardware address at an offset is this one; its end is looked at first. */
export function macAt(at: number, mac: number): PacketTest {
  return all(octetsAre(at + 2, 4, mac % 2 ** 32), octetsAre(at, 2, Math.floor(mac / 2 ** 32)));
}

/** Which of two ends must be meant. */
export function directed(
  direction: Direction | undefined,
  source: PacketTest,
  destination: PacketTest,
): PacketTest {
  switch (direction) {
    case 'src':
      return source;
    case 'dst':
      return destination;
    case 'src and dst':
      return all(source, destination);
    default:
      return any(source, destination);
  }
}

function modifierError(protocol: FilterProtocol, what: string): RangeError {
  const modifier = protocol === 'ether' ? 'link-layer' : `'${protocol}'`;
  return new RangeError(`${modifier} modifier applied to ${what}`);
}
