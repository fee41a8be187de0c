/** An IPv6 packet that has arrived, as transports look at it: behind its extension headers. */
import type { Ipv6Address, Ipv6Packet } from '../../wire/index.ts';
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

  constructor(header: Ipv6Packet) {
    this.header = header;
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
}
