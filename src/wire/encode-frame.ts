/** Frames to bytes: lengths first, then each layer at its place, the outer knowing the inner. */
import {
  ARP_IPV4_LENGTH,
  type ArpPacket,
  encodeArp,
  type Ipv4OverEthernet,
  writeIpv4OverEthernet,
} from './arp.ts';
import { BSD_LOOPBACK_HEADER_LENGTH, writeBsdLoopback } from './bsd-loopback.ts';
import { EMPTY } from './bytes.ts';
import { pseudoSum, pseudoSumIpv6 } from './checksum.ts';
import { padded4 } from './endian.ts';
import { ETHERNET_HEADER_LENGTH, EtherType, writeEthernetHeader } from './ethernet.ts';
import type { FrameFields } from './frame.ts';
import { ICMPV4_HEADER_LENGTH, writeIcmpv4 } from './icmpv4.ts';
import { ICMPV6_HEADER_LENGTH, writeIcmpv6 } from './icmpv6.ts';
import { IpProtocol, type Ipv4Fields, ipv4HeaderLength, writeIpv4 } from './ipv4.ts';
import { IPV6_HEADER_LENGTH, writeIpv6Header } from './ipv6.ts';
import {
  finalIpv6Destination,
  ipv6ExtensionLength,
  ipv6ExtensionNumber,
  NextHeader,
  writeIpv6Extension,
} from './ipv6-extensions.ts';
import { linuxCookedLength, writeLinuxCooked } from './linux-cooked.ts';
import { toSeq } from './seq.ts';
import { finalDestination } from './source-route.ts';
import { TCP_HEADER_LENGTH, type TcpFields, writeTcp } from './tcp.ts';
import { UDP_HEADER_LENGTH, writeUdp } from './udp.ts';

/**
 * The frame's bytes, allocated once.
 *
 * @throws RangeError when options or extensions are too long, or an ARP packet's addresses differ
 * in length.
 */
export function encodeFrame(frame: FrameFields): Uint8Array {
  const { ipv4, ipv6, payload = EMPTY, trailer = EMPTY } = frame;
  const networkAt = linkLength(frame);
  const transportAt = networkAt + networkLength(frame);
  const payloadAt = transportAt + transportLength(frame);
  const end = payloadAt + payload.length;
  const b = new Uint8Array(end + trailer.length);
  writeLink(b, frame);
  if (ipv4 !== undefined) writeIpv4(b, networkAt, completeIpv4(ipv4, frame), end - transportAt);
  else if (ipv6 !== undefined) writeSix(b, networkAt, ipv6, frame, end);
  else if (frame.arp !== undefined) writeArp(b, networkAt, frame.arp);
  if (payloadAt === transportAt) b.set(payload, payloadAt);
  else writeTransport(b, transportAt, frame, payload, end - transportAt);
  b.set(trailer, end);
  return b;
}

function linkLength({ ethernet, cooked, loopback }: FrameFields): number {
  if (ethernet !== undefined) return ETHERNET_HEADER_LENGTH;
  if (cooked !== undefined) return linuxCookedLength(cooked);
  return loopback === undefined ? 0 : BSD_LOOPBACK_HEADER_LENGTH;
}

function networkLength({ arp, ipv4, ipv6, extensions }: FrameFields): number {
  if (ipv4 !== undefined) return ipv4HeaderLength(ipv4.options ?? EMPTY);
  if (ipv6 !== undefined) {
    let length = IPV6_HEADER_LENGTH;
    if (extensions !== undefined) for (const e of extensions) length += ipv6ExtensionLength(e);
    return length;
  }
  if (arp === undefined) return 0;
  if ('senderMac' in arp) return ARP_IPV4_LENGTH;
  return 8 + 2 * (arp.senderHardware.length + arp.senderProtocol.length) + arp.trailer.length;
}

function transportLength({ tcp, udp, icmpv4, icmpv6 }: FrameFields): number {
  if (tcp !== undefined) return TCP_HEADER_LENGTH + padded4(tcp.options?.length ?? 0);
  if (udp !== undefined) return UDP_HEADER_LENGTH;
  if (icmpv4 !== undefined) return ICMPV4_HEADER_LENGTH;
  return icmpv6 === undefined ? 0 : ICMPV6_HEADER_LENGTH;
}

function writeLink(b: Uint8Array, frame: FrameFields): void {
  const { ethernet, cooked, loopback } = frame;
  if (ethernet !== undefined) {
    const { destination, source } = ethernet;
    writeEthernetHeader(b, 0, destination, source, ethernet.etherType ?? etherTypeOf(frame));
  } else if (cooked !== undefined) {
    writeLinuxCooked(b, 0, cooked);
  } else if (loopback !== undefined) {
    writeBsdLoopback(b, 0, loopback);
  }
}

/** IPv4's for a frame of no network layer. */
function etherTypeOf({ arp, ipv4, ipv6 }: FrameFields): number {
  if (ipv4 !== undefined) return EtherType.ipv4;
  if (ipv6 !== undefined) return EtherType.ipv6;
  return arp === undefined ? EtherType.ipv4 : EtherType.arp;
}

function writeArp(b: Uint8Array, at: number, arp: ArpPacket | Ipv4OverEthernet): void {
  if ('senderMac' in arp) writeIpv4OverEthernet(b, at, arp);
  else b.set(encodeArp(arp), at);
}

function completeIpv4(
  ipv4: NonNullable<FrameFields['ipv4']>,
  frame: FrameFields,
): Omit<Ipv4Fields, 'payload'> {
  return {
    tos: ipv4.tos ?? 0,
    id: ipv4.id ?? 0,
    flags: ipv4.flags ?? 0,
    fragmentOffset: ipv4.fragmentOffset ?? 0,
    ttl: ipv4.ttl ?? 64,
    protocol: ipv4.protocol ?? protocolOf(frame),
    source: ipv4.source,
    destination: ipv4.destination,
    options: ipv4.options ?? EMPTY,
    totalLength: ipv4.totalLength,
    checksum: ipv4.checksum,
  };
}

/** Writes the header and the extensions of a packet that ends at `end`. */
function writeSix(
  b: Uint8Array,
  at: number,
  ipv6: NonNullable<FrameFields['ipv6']>,
  frame: FrameFields,
  end: number,
): void {
  const { extensions = [] } = frame;
  const protocol = protocolOf(frame);
  const numberAt = (i: number): number => {
    const extension = extensions[i];
    return extension === undefined ? protocol : ipv6ExtensionNumber(extension);
  };
  const payloadAt = at + IPV6_HEADER_LENGTH;
  writeIpv6Header(
    b,
    at,
    ipv6.trafficClass ?? 0,
    ipv6.flowLabel ?? 0,
    ipv6.payloadLength ?? end - payloadAt,
    ipv6.nextHeader ?? numberAt(0),
    ipv6.hopLimit ?? 64,
    ipv6.source,
    ipv6.destination,
  );
  let next = payloadAt;
  for (const [i, extension] of extensions.entries()) {
    next += writeIpv6Extension(b, next, extension, numberAt(i + 1));
  }
}

/** For what is no protocol here: 255, "reserved", or of IPv6 "no next header". */
function protocolOf({ ipv6, tcp, udp, icmpv4, icmpv6 }: FrameFields): number {
  if (tcp !== undefined) return IpProtocol.tcp;
  if (udp !== undefined) return IpProtocol.udp;
  if (icmpv4 !== undefined) return IpProtocol.icmp;
  if (icmpv6 !== undefined) return IpProtocol.icmpv6;
  return ipv6 === undefined ? 255 : NextHeader.none;
}

/** The sum of the pseudo-header of `length` octets of a protocol. */
function pseudoSumOf(frame: FrameFields, protocol: number, length: number): number {
  const { ipv4, ipv6 } = frame;
  if (ipv4 !== undefined) {
    const destination = finalDestination(ipv4.destination, ipv4.options ?? EMPTY);
    return pseudoSum(ipv4.source, destination, protocol, length);
  }
  if (ipv6 === undefined) return pseudoSum(0, 0, protocol, length);
  const destination = finalIpv6Destination(ipv6.destination, frame.extensions ?? []);
  return pseudoSumIpv6(ipv6.source, destination, protocol, length);
}

/** Writes the transport header and the payload, `length` octets together. */
function writeTransport(
  b: Uint8Array,
  at: number,
  frame: FrameFields,
  payload: Uint8Array,
  length: number,
): void {
  const { tcp, udp, icmpv4, icmpv6 } = frame;
  if (tcp !== undefined) {
    const segment: TcpFields = {
      sourcePort: tcp.sourcePort,
      destinationPort: tcp.destinationPort,
      seq: tcp.seq,
      ack: tcp.ack ?? toSeq(0),
      flags: tcp.flags,
      window: tcp.window ?? 65_535,
      urgentPointer: tcp.urgentPointer ?? 0,
      options: tcp.options ?? EMPTY,
      payload,
      checksum: tcp.checksum,
    };
    writeTcp(b, at, segment, pseudoSumOf(frame, IpProtocol.tcp, length));
  } else if (udp !== undefined) {
    const { sourcePort, destinationPort, checksum } = udp;
    const datagram = { sourcePort, destinationPort, length: udp.length, checksum, payload };
    writeUdp(b, at, datagram, pseudoSumOf(frame, IpProtocol.udp, length));
  } else if (icmpv4 !== undefined) {
    const { type, code = 0, rest = 0, checksum } = icmpv4;
    writeIcmpv4(b, at, { type, code, rest, checksum, payload });
  } else if (icmpv6 !== undefined) {
    const { type, code = 0, rest = 0, checksum } = icmpv6;
    const pseudo = pseudoSumOf(frame, IpProtocol.icmpv6, length);
    writeIcmpv6(b, at, { type, code, rest, checksum, payload }, pseudo);
  }
}
