/** An IPv6 packet that has arrived, as transports look at it: behind its extension headers. */
import {
  decodeIpv6Extensions,
  fragmentOf,
  type Ipv6Address,
  type Ipv6Packet,
  isExtensionHeader,
} from '../../wire/index.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import type { IpPacket } from './ip-layer.ts';

/** Where a header tells what follows. */
const NEXT_HEADER_AT = 6;

export class Ipv6Arrival implements IpPacket {
  readonly header: Ipv6Packet;
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
  readonly tos: number;
  readonly ttl: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** What the last extension header leads to, where it begins, and where its number stands. */
  protocol: number;
  payloadAt: number;
  protocolAt: number;
  /** The octets of the longest of the fragments that it was put together from; 0 of none. */
  largestFragment = 0;
  /** The interface that it came by; unknown of one that was quoted or left here. */
  readonly from: NetworkInterface | undefined;

  constructor(header: Ipv6Packet, from?: NetworkInterface) {
    this.header = header;
    this.from = from;
    this.source = header.source;
    this.destination = header.destination;
    this.tos = header.trafficClass;
    this.ttl = header.hopLimit;
    this.bytes = header.bytes;
    this.start = header.start;
    this.end = header.end;
    this.protocol = header.nextHeader;
    this.payloadAt = header.payloadAt;
    this.protocolAt = header.start + NEXT_HEADER_AT;
  }

  /**
   * The packet as those see it whom it passes: they look behind headers that are the receiver's to
   * judge. A later fragment has no transport header, and ends at its own.
   */
  static seenBehindHeaders(header: Ipv6Packet, from?: NetworkInterface): Ipv6Arrival {
    const seen = new Ipv6Arrival(header, from);
    if (!isExtensionHeader(header.nextHeader)) return seen;
    const { bytes, start, payloadAt, end } = header;
    const chain = decodeIpv6Extensions(bytes, start + NEXT_HEADER_AT, payloadAt, end);
    if ((fragmentOf(chain.extensions)?.fragmentOffset ?? 0) !== 0) return seen;
    seen.protocol = chain.protocol;
    seen.protocolAt = chain.protocolAt;
    seen.payloadAt = chain.payloadAt;
    return seen;
  }
}
