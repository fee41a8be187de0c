/**
 * What TCP is tested over, named as packetdrill names its modes: sockets of IPv4, sockets of IPv6
 * that speak IPv4 by mapped addresses (RFC 4291 §2.5.5.2), and IPv6. All that differs between them
 * for a test is here, so that one test serves the three.
 */
import type { Host, TcpSocket } from '../../src/stack/index.ts';
import {
  addressShown,
  anyAddressOf,
  type SocketFamily,
} from '../../src/stack/sockets/socket-family.ts';
import {
  type Frame,
  type FrameFields,
  type IpAddress,
  IPV4_HEADER_LENGTH,
  IPV4_LOOPBACK,
  IPV6_HEADER_LENGTH,
  IPV6_LOOPBACK,
  IPV6_MINIMUM_MTU,
  isIpv6,
  parseIpPrefix,
  TCP_HEADER_LENGTH,
  unmapIpv4,
} from '../../src/wire/index.ts';

export const FAMILY_NAMES = ['ipv4', 'ipv4-mapped', 'ipv6'] as const;
export type FamilyName = (typeof FAMILY_NAMES)[number];

/** What an IP header says beside addresses, by the names of IPv4; only that has an identification. */
export interface HeaderValues {
  readonly tos?: number | undefined;
  readonly ttl?: number | undefined;
  readonly id?: number | undefined;
}

export class Family {
  readonly name: FamilyName;
  /** Whether packets are of IPv6. */
  readonly isVersion6: boolean;
  /** What programs open. */
  readonly socketFamily: SocketFamily;
  /** The octets of the IP header of each packet. */
  readonly headerLength: number;
  /** The MSS of who announces none (RFC 9293 §3.7.1). */
  readonly defaultMss: number;
  /** The least MTU of a link (RFC 791 §3.2, RFC 8200 §5). */
  readonly leastMtu: number;

  constructor(name: FamilyName) {
    this.name = name;
    this.socketFamily = name === 'ipv4' ? 'AF_INET' : 'AF_INET6';
    this.isVersion6 = name === 'ipv6';
    this.headerLength = this.isVersion6 ? IPV6_HEADER_LENGTH : IPV4_HEADER_LENGTH;
    this.defaultMss = this.isVersion6 ? 1220 : 536;
    this.leastMtu = this.isVersion6 ? IPV6_MINIMUM_MTU : 68;
  }

  /** The address that listeners bind to. */
  get any(): IpAddress {
    return anyAddressOf(this.socketFamily);
  }

  /** The address at which a host reaches itself, as programs write it. */
  get loopback(): IpAddress {
    return this.isVersion6 ? IPV6_LOOPBACK : this.shown(IPV4_LOOPBACK);
  }

  /** The network that hosts on a link are in. */
  get network(): string {
    return this.isVersion6 ? '2001:db8::/64' : '10.0.0.0/24';
  }

  /** The address of the first, second … host on a link, as an interface is given it. */
  interfaceAddress(host: number): string {
    return this.isVersion6 ? `2001:db8::${host.toString(16)}/64` : `10.0.0.${host}/24`;
  }

  /** The address of the first, second … host on a link, as programs write it. */
  address(host: number): IpAddress {
    return this.shown(parseIpPrefix(this.interfaceAddress(host)).address);
  }

  /** A new socket of the host's. BSD's sockets of IPv6 speak IPv4 only when they are told to. */
  open(host: Host): TcpSocket {
    const socket = host.tcpSocket(this.socketFamily);
    if (this.name === 'ipv4-mapped') socket.setOption('IPV6_V6ONLY', 0, 0);
    return socket;
  }

  /** The address of a packet, as programs write and read it. */
  shown(address: IpAddress): IpAddress {
    return addressShown(this.socketFamily, address);
  }

  /**
   * The MTU that leaves so much for a segment. As in packetdrill, links have room for the longer
   * header of IPv6, so that segments and windows are the same numbers in all families.
   */
  mtuFor(mss: number): number {
    return this.headerLength + TCP_HEADER_LENGTH + mss;
  }

  /** The IP header of a packet from one address to another, as programs write them. */
  header(
    from: IpAddress,
    to: IpAddress,
    { tos = 0, ttl = 64, id = 0 }: HeaderValues = {},
  ): Pick<FrameFields, 'ipv4' | 'ipv6'> {
    const source = onWire(from);
    const destination = onWire(to);
    if (isIpv6(source) && isIpv6(destination)) {
      return { ipv6: { source, destination, trafficClass: tos, hopLimit: ttl } };
    }
    if (isIpv6(source) || isIpv6(destination)) throw new RangeError('ends of two versions of IP');
    return { ipv4: { source, destination, tos, ttl, id } };
  }
}

export const FAMILIES: Readonly<Record<FamilyName, Family>> = {
  ipv4: new Family('ipv4'),
  'ipv4-mapped': new Family('ipv4-mapped'),
  ipv6: new Family('ipv6'),
};

/** An address as packets carry it: of a mapped one, that of IPv4. */
export function onWire(address: IpAddress): IpAddress {
  return isIpv6(address) ? (unmapIpv4(address) ?? address) : address;
}

/** What the IP header of a frame says, whichever version it is. */
export function headerOf({ ipv4, ipv6 }: Frame): {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly tos: number;
  readonly ttl: number;
  readonly id: number | undefined;
  /** The octets of the packet, header included. */
  readonly totalLength: number;
} {
  if (ipv4 !== undefined) return ipv4;
  if (ipv6 === undefined) throw new Error('not a packet of IP');
  const { source, destination, trafficClass: tos, hopLimit: ttl, payloadLength } = ipv6;
  const totalLength = IPV6_HEADER_LENGTH + payloadLength;
  return { source, destination, tos, ttl, id: undefined, totalLength };
}
